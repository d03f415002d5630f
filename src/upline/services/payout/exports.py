"""Writing a batch's files. What was written is known by its digest, so it can be written again and
must come out the same; the files themselves are kept nowhere, for they hold account numbers."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from upline.core.context import Context
from upline.core.crypto import FieldCipher
from upline.core.errors import DomainError, Kind
from upline.models.customer import Customer
from upline.models.payout import Payout, PayoutFile, PayoutMethodVersion
from upline.services.audit import trail
from upline.services.payout.batches import Batch, lock_batch
from upline.services.payout.files import nacha, sepa, tables
from upline.services.payout.files.instruction import Instruction, Occasion
from upline.services.payout.methods import open_details
from upline.services.payout.vocabulary import BatchStatus, FileFormat
from upline.services.period import calendar
from upline.settings import PayoutSettings

ENDINGS = {FileFormat.NACHA: "ach", FileFormat.SEPA: "xml"}


class FileChanged(DomainError):
    """The company's own account was changed since: a bank must not get two different files."""

    code = "payout_file_changed"
    kind = Kind.CONFLICT


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file for a bank."""

    format: FileFormat
    name: str
    payout_count: int
    total: Decimal
    content: bytes


async def export(
    ctx: Context, fields: FieldCipher, issuer: PayoutSettings, batch_id: int
) -> list[WrittenFile]:
    """Every file of an approved batch. Raises WrongState before approval, FileChanged if a file
    would differ from what was written the first time."""
    batch = await lock_batch(ctx, batch_id, BatchStatus.APPROVED, BatchStatus.SETTLED)
    written = []
    for kind, instructions in (await list_instructions(ctx, fields, batch)).items():
        total = sum((each.amount for each in instructions), Decimal(0))
        content = write(kind, instructions, _occasion(batch), issuer)
        name = f"payout-{batch_id}-{kind}.{ENDINGS.get(kind, 'csv')}"
        file = WrittenFile(kind, name, len(instructions), total, content)
        await _record(ctx, batch_id, file)
        written.append(file)
    await trail.record(
        ctx,
        "payout.export",
        f"payout_batch:{batch_id}",
        {file.name: hashlib.sha256(file.content).hexdigest() for file in written},
    )
    return written


def write(
    kind: FileFormat,
    instructions: Sequence[Instruction],
    occasion: Occasion,
    issuer: PayoutSettings,
) -> bytes:
    """A file of one format."""
    match kind:
        case FileFormat.NACHA:
            return nacha.write(instructions, occasion, issuer.nacha)
        case FileFormat.SEPA:
            return sepa.write(instructions, occasion, issuer.sepa)
        case FileFormat.PAYONEER:
            return tables.write_payoneer(instructions, occasion)
        case FileFormat.CHECKS:
            return tables.write_checks(instructions, occasion)
        case FileFormat.TRANSFERS:
            return tables.write_transfers(instructions, occasion)


async def list_instructions(
    ctx: Context, fields: FieldCipher, batch: Batch
) -> dict[FileFormat, list[Instruction]]:
    """All payouts of a batch by the file they go into, as they were frozen."""
    version = PayoutMethodVersion
    query = (
        select(
            Payout.payout_id,
            Payout.customer_id,
            Payout.amount,
            Payout.format,
            version.payout_method_id,
            version.version_no,
            version.details_cipher,
            version.country_code,
            version.account_type_id,
            version.bank_name,
            version.name_on_account,
            Customer.first_name,
            Customer.last_name,
        )
        .join(
            version,
            (version.payout_method_id == Payout.payout_method_id)
            & (version.version_no == Payout.version_no),
        )
        .join(Customer, Customer.customer_id == Payout.customer_id)
        .where(Payout.payout_batch_id == batch.payout_batch_id)
        .order_by(Payout.format, Payout.payout_id)
    )
    found: dict[FileFormat, list[Instruction]] = {}
    for row in await ctx.session.execute(query):
        details = open_details(fields, row.payout_method_id, row.version_no, row.details_cipher)
        found.setdefault(FileFormat(row.format), []).append(
            Instruction(
                payout_id=row.payout_id,
                customer_id=row.customer_id,
                name=row.name_on_account or f"{row.first_name} {row.last_name}".strip(),
                amount=row.amount,
                currency_code=batch.currency_code,
                reference=reference(batch.payout_batch_id, row.payout_id),
                details=details,
                country_code=row.country_code,
                account_type_id=row.account_type_id,
                bank_name=row.bank_name,
            )
        )
    return found


def reference(batch_id: int, payout_id: int) -> str:
    """What a payout is called towards banks and members."""
    return f"UP{batch_id}-{payout_id}"


def _occasion(batch: Batch) -> Occasion:
    what = "Payout" if batch.period_id is None else calendar.describe(batch.period_id)
    return Occasion(batch.payout_batch_id, batch.frozen_at, batch.pay_date, f"Commission {what}")


async def _record(ctx: Context, batch_id: int, file: WrittenFile) -> None:
    digest = hashlib.sha256(file.content).digest()
    await ctx.session.execute(
        insert(PayoutFile)
        .values(
            payout_batch_id=batch_id,
            format=file.format,
            name=file.name,
            payout_count=file.payout_count,
            total=file.total,
            digest=digest,
            created_by=trail.actor_of(ctx.principal),
            created_at=ctx.now,
        )
        .on_conflict_do_nothing()
    )
    recorded = await ctx.session.scalar(
        select(PayoutFile.digest).where(
            PayoutFile.payout_batch_id == batch_id, PayoutFile.format == file.format
        )
    )
    if recorded != digest:
        raise FileChanged(f"{file.name} would differ from what was written before.")
