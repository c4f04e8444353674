"""Credentials files as people have them, each with the config file beside it."""

from __future__ import annotations

from dataclasses import dataclass, field

KEYS = "aws_access_key_id = id\naws_secret_access_key = secret\n"
OTHER_KEYS = "aws_access_key_id = config-id\naws_secret_access_key = config-secret\n"
DEFAULT = f"[default]\n{KEYS}"
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
NBSP = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Files:
    credentials: str | bytes = ""
    config: str | bytes = ""
    variables: dict[str, str] = field(default_factory=dict)
    # Part of Picus's refusal, also where botocore takes another identity or what is of no use.
    refusal: str | None = None


NAMED = {"AWS_PROFILE": "work"}

CORPUS: dict[str, Files] = {
    "as aws configure writes it": Files(DEFAULT),
    "without blanks": Files("[default]\naws_access_key_id=id\naws_secret_access_key=secret"),
    "with lines of Windows": Files(DEFAULT.replace("\n", "\r\n")),
    "with lines of an old Mac": Files(DEFAULT.replace("\n", "\r")),
    "with colons": Files(DEFAULT.replace(" = ", ": ")),
    "with colons and no blanks": Files(DEFAULT.replace(" = ", ":")),
    "with a secret of signs": Files(
        "[default]\naws_access_key_id = id\naws_secret_access_key = a=b:c/+\n"
    ),
    "indented": Files("[default]\n  aws_access_key_id = id\n  aws_secret_access_key = secret\n"),
    "indented by tabs": Files(
        "[default]\n\taws_access_key_id = id\n\taws_secret_access_key = secret\n"
    ),
    "indented less and less": Files(
        "[default]\n    aws_access_key_id = id\n  aws_secret_access_key = secret\n"
    ),
    "indented with its title": Files(
        "  [default]\n  aws_access_key_id = id\n  aws_secret_access_key = secret\n"
    ),
    "from the second line on indented": Files(
        "[default]\naws_access_key_id = id\n  aws_secret_access_key = secret\n",
        refusal="no aws_secret_access_key",
    ),
    "a secret that goes on in the next line": Files(
        "[default]\naws_access_key_id = id\naws_secret_access_key = sec\n  ret\n",
        refusal="control character",
    ),
    "a title that an indented line hides": Files(
        f"[other]\nregion = eu-west-1\n  [default]\n{KEYS}", refusal=None
    ),
    "with a byte order mark": Files(BOM + DEFAULT),
    "in UTF-16": Files(DEFAULT.encode("utf-16"), refusal="UTF-8"),
    "with a blank of a web page": Files(DEFAULT.replace(" = ", f"{NBSP}={NBSP}")),
    "a web page's indentation": Files(DEFAULT.replace("aws_", f"{NBSP}aws_")),
    "with comments": Files(f"# mine\n; too\n[default] # really\n  # indented\n{KEYS}# end"),
    "with a comment behind a value": Files(
        "[default]\naws_access_key_id = id # mine\naws_secret_access_key = secret ; too\n"
    ),
    "with empty lines": Files(DEFAULT.replace("\n", "\n\n \n")),
    "in capitals": Files("[default]\nAWS_ACCESS_KEY_ID = id\nAWS_SECRET_ACCESS_KEY = secret\n"),
    "in quotes": Files('[default]\naws_access_key_id = "id"\naws_secret_access_key = "secret"\n'),
    "with a token": Files(f"{DEFAULT}aws_session_token = token\n"),
    "with an old name for the token": Files(
        f"{DEFAULT}aws_security_token = old\naws_session_token = token\n"
    ),
    "with a region": Files(f"{DEFAULT}region = eu-west-1\noutput = json\n"),
    "with defaults for all": Files(f"[DEFAULT]\n{KEYS}[default]\nregion = eu-west-1\n"),
    "with a default that is shouted": Files(f"[DEFAULT]\n{KEYS}"),
    "with a profile that is there twice": Files(f"{DEFAULT}[default]\n", refusal="twice"),
    "with a setting that is there twice": Files(
        f"{DEFAULT}aws_access_key_id = other\n", refusal="twice"
    ),
    "without a title": Files(KEYS, refusal="before the first section"),
    "with a line that is no setting": Files(f"{DEFAULT}token\n", refusal="neither = nor :"),
    "with lines of a shell": Files(
        "export AWS_ACCESS_KEY_ID=id\nexport AWS_SECRET_ACCESS_KEY=secret\n",
        refusal="before the first section",
    ),
    "with names of a shell": Files(
        "[default]\nexport aws_access_key_id = id\nexport aws_secret_access_key = secret\n",
        refusal="no aws_access_key_id",
    ),
    "with names of the console": Files(
        "[default]\nAccess key ID = id\nSecret access key = secret\n",
        refusal="no aws_access_key_id",
    ),
    "with the title of the config file": Files(f"[profile work]\n{KEYS}", "", NAMED),
    "with a title in blanks": Files(f"[ work ]\n{KEYS}", "", NAMED),
    "with a region alone": Files("[default]\nregion = eu-west-1\n"),
    "with a title alone": Files("[default]\n"),
    "empty": Files(""),
    "with a secret alone": Files(
        "[default]\naws_secret_access_key = secret\n", refusal="no aws_access_key_id"
    ),
    "with an id alone": Files(
        "[default]\naws_access_key_id = id\n", refusal="no aws_secret_access_key"
    ),
    "with an empty id": Files(
        "[default]\naws_access_key_id =\naws_secret_access_key = secret\n",
        refusal="no aws_access_key_id",
    ),
    "keys before a process of the config file": Files(
        DEFAULT, "[default]\ncredential_process = /nowhere/process\n"
    ),
    "a process before keys of the config file": Files(
        "",
        f"[default]\n{OTHER_KEYS}credential_process = /nowhere/process\n",
        {},
        "credential_process",
    ),
    "a role before keys": Files(
        DEFAULT, "[default]\nrole_arn = arn:aws:iam::111122223333:role/r\n", {}, "role_arn"
    ),
    "keys of both files": Files(DEFAULT, f"[default]\n{OTHER_KEYS}aws_session_token = token\n"),
    "keys of the config file": Files(
        "[other]\nregion = x\n", f"[profile work]\n{OTHER_KEYS}", NAMED
    ),
    "a profile in quotes": Files("", f'[profile "work"]\n{OTHER_KEYS}', NAMED),
    "a profile in single quotes": Files("", f"[profile 'work']\n{OTHER_KEYS}", NAMED),
    "a profile with a blank": Files(
        "", f'[profile "my work"]\n{OTHER_KEYS}', {"AWS_PROFILE": "my work"}
    ),
    "a profile with a tab": Files("", f"[profile\twork]\n{OTHER_KEYS}", NAMED),
    "the default profile by its long title": Files("", f"[profile default]\n{OTHER_KEYS}"),
    "a config file with settings of settings": Files(
        "", f"[default]\ns3 =\n  aws_access_key_id = nested\n{OTHER_KEYS}"
    ),
    "a source without a role": Files("", f"[default]\nsource_profile = x\n{OTHER_KEYS}"),
    "a session of single sign-on beside keys": Files(
        DEFAULT, "[default]\nsso_session = s\n[sso-session s]\nsso_region = eu-west-1\n"
    ),
}
