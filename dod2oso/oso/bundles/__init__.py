"""Official technical files (XSD, XSLT) that a user downloaded: gathered, recognised, tried, kept and found again.

They are not part of dod2oso. How the public ones are built is known (one ZIP or two, links, an included module), so the
files are recognised by what is in them; names only help to tell the layer.
"""
