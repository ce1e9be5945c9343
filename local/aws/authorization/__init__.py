"""What IAM decides before AWS does anything: which permissions a call needs, and whether its caller has them.

moto has an evaluator of its own (`moto.iam.access_control`). It is not used: it takes the name of the API call for that
of the IAM action (`s3:ListObjectsV2`, which no policy can allow), checks most calls against `*`, and knows no condition
of identity policies, no permissions boundary, and no permission that a call needs besides its own (iam:PassRole).

Only a role that exists in the account is held to its policies, as moto lets anybody assume any role.
"""

from .authorization import Authorization

__all__ = ["Authorization"]
