"""An OSO version that did not come with dod2oso, taken in from the official files of a user: XSD and stylesheets."""
