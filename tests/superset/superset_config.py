"""Settings of the Superset that `make superset` starts on this machine and stops again."""

import os

SECRET_KEY = os.environ["CX_SUPERSET_SECRET"]
SQLALCHEMY_DATABASE_URI = f"sqlite:///{os.environ['CX_SUPERSET_HOME']}/superset.db"
# Asked by a program with a token, from this machine only.
WTF_CSRF_ENABLED = False
TALISMAN_ENABLED = False
RATELIMIT_ENABLED = False
