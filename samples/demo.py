"""`make demo`: the main job on the samples, as a samenwerkingsverband would run it, and where to look afterwards."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATUM = "2025-06-15"  # the day on which the synthetic region lives
EXPECTED = {3, 4}  # findings and unreadable exports are part of the demonstration


def program() -> str:
    """What to type for dod2oso here: the programme beside this Python, which is not on the PATH by itself."""
    beside = Path(sys.executable).with_name("dod2oso.exe" if os.name == "nt" else "dod2oso")
    if beside.exists():
        near = os.path.relpath(beside)
        return str(beside) if near.startswith("..") else near
    return f"{shlex.quote(sys.executable)} -m dod2oso"


def main() -> int:
    """Run the demo; 0 when it did what it should show."""
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "demo-out")
    region = HERE / "regio"
    command = [
        sys.executable, "-m", "dod2oso", "run", str(region / "exports"), str(HERE / "kapot"),
        "--schools", str(region / "scholen.csv"),
        "--supplement", str(region / "aanvulling.csv"),
        "--overstap", "POVO", "--datum", DATUM, "--out", str(out),
    ]  # fmt: skip
    shown = [Path(word).name if word == sys.executable else word for word in command]
    print("$", " ".join(shown).replace(f"{HERE.parent}/", ""), flush=True)
    code = subprocess.run(command, check=False).returncode
    if code not in EXPECTED:
        return code or 1
    print(f"(uitgangscode {code}: er zijn bevindingen, en de bestanden in samples/kapot zijn met opzet onleesbaar)")
    print("\nNu met uw eigen exports. Typ dit, zet uw bestanden in mijn-project/exports, en doe wat er dan staat:\n")
    print(f"  {program()} init mijn-project")
    return 0


if __name__ == "__main__":
    sys.exit(main())
