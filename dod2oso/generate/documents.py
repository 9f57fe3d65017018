"""Small files to attach: a real PDF of one page, and plain text."""

import base64


def pdf(text: str) -> str:
    """Base64 of a PDF with one line of text (ASCII, without brackets)."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    out = "%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return _base64((out + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{end}").encode("ascii"))


def plain(text: str) -> str:
    """Base64 of a text file."""
    return _base64(text.encode())


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
