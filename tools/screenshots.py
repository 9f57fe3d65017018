"""docs/beelden/: pictures of the report and of the workspace, made from the samples; README.md opens with them.

`python -m tools.screenshots` makes them again; needs chromium and what `make setup` brings. They are small, for every
clone carries them; nobody in them exists.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "beelden"
PICTURES = {"rapport.webp": "het rapport", "werkplek.webp": "de werkplek in de browser"}
SIZE = {"width": 1200, "height": 760}
LARGEST = 120_000  # bytes of one picture
_REGION = ROOT / "samples" / "regio"


def dod2oso(*arguments: str, cwd: Path) -> None:
    """Run a command of ours; findings are no failure here."""
    command = [sys.executable, "-m", "dod2oso", *arguments]
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False, capture_output=True
    )
    if done.returncode not in (0, 3):
        raise SystemExit(done.stderr.decode())


def project(folder: Path) -> Path:
    """A project with the sample region in it, as far as a run."""
    dod2oso("init", "regio", "--name", "Regio Voorbeeld", cwd=folder)
    made = folder / "regio"
    for export in (_REGION / "exports").iterdir():
        shutil.copyfile(export, made / "exports" / export.name)
    shutil.copyfile(_REGION / "scholen.csv", made / "scholen.csv")
    shutil.copyfile(_REGION / "aanvulling.csv", made / "aanvullingen" / "aanvulling.csv")
    dod2oso("run", "--yes", "--datum", "2025-06-15", cwd=made)
    return made


def picture(page: Any, name: str) -> None:
    """What is in view, as a small file."""
    from PIL import Image

    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        shot = Path(folder) / "shot.png"
        page.screenshot(path=str(shot))
        with Image.open(shot) as image:
            image.convert("RGB").save(FOLDER / name, "WEBP", quality=70, method=6)
    size = (FOLDER / name).stat().st_size
    if size > LARGEST:
        raise SystemExit(f"{name}: {size} bytes is more than {LARGEST}")


def main() -> None:
    """Make both."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        made = project(Path(folder))
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport=SIZE)
        page.goto((made / "dod2oso-out" / "POVO" / "report" / "gaps.html").as_uri())
        picture(page, "rapport.webp")
        command = [sys.executable, "-u", "-m", "dod2oso", "open", str(made), "--no-browser"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as desk:
            try:
                assert desk.stdout is not None  # noqa: S101  it is a pipe
                address = next(word for line in desk.stdout for word in line.split() if word.startswith("http://"))
                page.goto(address)
                picture(page, "werkplek.webp")
            finally:
                desk.terminate()
        browser.close()


if __name__ == "__main__":
    main()
