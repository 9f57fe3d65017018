"""The tables of the report, each written once; page, workbook and CSV are made from the same views.

A module registers its views (`@view`); the order of VIEWS is that of the sheets in the workbook. To add one: a
function in the module it belongs to, or a new module with its name here.
"""

from dod2oso.report.views import overview, schools, content, versions, dossiers  # noqa: F401, I001  in this order
