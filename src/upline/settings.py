"""Every setting, once: UPLINE_<GROUP>__<NAME>, for example UPLINE_DATABASE__URL."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from upline.core.errors import FieldInvalid

MINIMUM_KEY_BYTES = 32


class DatabaseSettings(BaseModel):
    """Where PostgreSQL is."""

    url: str | None = Field(
        None,
        description="postgresql+psycopg://… of a server you run. Without it an embedded "
        "PostgreSQL is started in the data folder.",
    )
    pool_size: int = Field(10, ge=1, le=200, description="Connections each process keeps open.")


class CompanySettings(BaseModel):
    """The company whose back office this is."""

    name: str = "Upline Demo Company"
    time_zone: str = Field("America/Denver", description="Periods begin at midnight here.")
    currency: str = Field("USD", min_length=3, max_length=3)


class SecuritySettings(BaseModel):
    """Keys and lifetimes. In demo mode missing keys are made once and kept in the data folder."""

    token_key: SecretStr | None = Field(None, description="Signs tokens; 32 bytes or more.")
    token_lifetime_minutes: int = Field(480, ge=1, le=480)
    id_keys: list[SecretStr] = Field(
        default_factory=list,
        description="Base64 of 64-byte keys for opaque ids, newest first; old ones still open.",
    )
    field_keys: list[SecretStr] = Field(
        default_factory=list,
        description="Base64 of 32-byte keys for columns encrypted at rest, newest first.",
    )
    hash_workers: int = Field(2, ge=1, le=64, description="Threads that hash passwords.")


class LimitSettings(BaseModel):
    """Rates and sizes a client may reach."""

    logins_per_account: str = "5/15 minutes"
    logins_per_address: str = "50/15 minutes"
    requests_per_principal: str = "6000/minute"
    payment_setups_per_member: str = "30/hour"
    json_bytes: int = Field(1 << 20, ge=1 << 10)
    enabled: bool = True


class ServerSettings(BaseModel):
    """How the HTTP server behaves."""

    cors_origins: list[str] = Field(
        default_factory=list,
        description="Exact origins whose pages may call. While empty, the Virtual Office admits "
        "any (its tokens travel in a header, never in cookies) and the Back Office none.",
    )
    log_format: str = Field("json", pattern="^(json|console)$")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    trusted_proxies: list[str] = Field(
        default_factory=list, description="Addresses whose X-Forwarded-For is believed."
    )


class PayPalSettings(BaseModel):
    """A merchant's account; without credentials the sandbox stands in."""

    url: str = Field("https://api-3t.paypal.com/nvp", description="The NVP endpoint.")
    user: str | None = None
    password: SecretStr | None = None
    signature: SecretStr | None = None
    agreement: str = Field("Monthly orders", max_length=127, description="Shown to the payer.")
    timeout_seconds: float = Field(10, gt=0, le=60)


class PaymentSettings(BaseModel):
    """How members pay."""

    return_origins: list[str] = Field(
        default_factory=lambda: ["http://localhost:8000", "http://127.0.0.1:8000"],
        description="Exact origins providers may send members back to.",
    )
    paypal: PayPalSettings = Field(default_factory=PayPalSettings)


class NachaSettings(BaseModel):
    """The company towards its American bank, as the bank has it on file."""

    destination_routing: str = Field("", pattern=r"^([0-9]{9})?$", description="The bank's ABA.")
    destination_name: str = Field("", max_length=23)
    origin: str = Field("", pattern=r"^([0-9 ]{9,10})?$", description="Immediate origin.")
    company_name: str = Field("", max_length=23)
    company_id: str = Field("", max_length=10, description="Usually 1 and the EIN.")

    def require(self) -> None:
        """Raises FieldInvalid naming all settings that an ACH file still wants."""
        _require("UPLINE_PAYOUTS__NACHA", self)


class SepaSettings(BaseModel):
    """The account SEPA transfers are paid from."""

    name: str = Field("", max_length=70)
    iban: str = Field("", max_length=34)
    bic: str = Field("", max_length=11)

    def require(self) -> None:
        """Raises FieldInvalid naming all settings that a SEPA file still wants."""
        _require("UPLINE_PAYOUTS__SEPA", self)


def _require(prefix: str, group: BaseModel) -> None:
    missing = [name for name, value in group.model_dump().items() if not value]
    if missing:
        settings = ", ".join(f"{prefix}__{name.upper()}" for name in missing)
        raise FieldInvalid("settings", f"this file wants {settings}.")


class PayoutSettings(BaseModel):
    """Whom the company's own banks know it as."""

    nacha: NachaSettings = Field(default_factory=NachaSettings)
    sepa: SepaSettings = Field(default_factory=SepaSettings)


class WorkerSettings(BaseModel):
    """Durable jobs and schedules."""

    in_process: bool = Field(False, description="Run the worker inside the server (demo).")
    concurrency: int = Field(4, ge=1, le=64)
    refresh_seconds: int = Field(2, ge=1, description="How often open periods are brought up.")
    live: bool = Field(True, description="Keep the running month and week up to the second.")
    renew_seconds: int = Field(
        300, ge=1, description="How long news are folded into a preview before a full one."
    )


class Settings(BaseSettings):
    """The whole configuration, read from the environment."""

    model_config = SettingsConfigDict(
        env_prefix="UPLINE_", env_nested_delimiter="__", extra="ignore"
    )

    demo: bool = Field(False, description="Allows generated keys and the demo clients.")
    data_dir: Path = Field(Path("upline-data"), description="Embedded database, generated keys.")
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    company: CompanySettings = Field(default_factory=CompanySettings)
    security: SecuritySettings = Field(default_factory=SecuritySettings)
    limits: LimitSettings = Field(default_factory=LimitSettings)
    server: ServerSettings = Field(default_factory=ServerSettings)
    worker: WorkerSettings = Field(default_factory=WorkerSettings)
    payments: PaymentSettings = Field(default_factory=PaymentSettings)
    payouts: PayoutSettings = Field(default_factory=PayoutSettings)

    @model_validator(mode="after")
    def refuse_weak_keys(self) -> Self:
        """A short signing key is accepted silently by every JWT library, so it is refused here."""
        key = self.security.token_key
        if key is not None and len(key.get_secret_value().encode()) < MINIMUM_KEY_BYTES:
            raise ValueError("UPLINE_SECURITY__TOKEN_KEY must have at least 32 bytes")
        return self
