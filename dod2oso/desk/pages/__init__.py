"""The pages, a module each; `dod2oso.desk.routes` names them all."""
