"""What was posted stays as it was: corrections are new rows that name what they correct.

The tables of a run's figures are partitioned by run. Dropping the partitions of a superseded
preview is DDL and stays possible; changing a row in them is not.
"""

from alembic import op

revision = "append_only"
down_revision = "placement_rules"
branch_labels = None
depends_on = None

TABLES = (
    "volume_entries",
    "commission_adjustments",
    "plan_versions",
    "ledger_transactions",
    "ledger_entries",
    "audit_entries",
)
PARTITIONED = ("member_periods", "commission_checks", "check_items", "commission_lines")

REFUSE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: what it holds is final', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'append_only';
END
$$;
"""


def upgrade() -> None:
    op.execute(REFUSE)
    for table in (*TABLES, *PARTITIONED):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for table in PARTITIONED:
        # Row triggers are handed down to partitions, where statements may aim directly.
        op.execute(
            f"CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in PARTITIONED:
        op.execute(f"DROP TRIGGER append_only_rows ON {table}")
    for table in (*TABLES, *PARTITIONED):
        op.execute(f"DROP TRIGGER append_only ON {table}")
    op.execute("DROP FUNCTION refuse_change()")
