"""On PostgreSQL the index of messages to parcel has them in the order in which they are read.

SQLite reads the window fast enough as it is, and one column more would cost each of its writes.
"""

from django.db import migrations

COLUMNS = {True: "campaign_id, due_ms, seq", False: "campaign_id, due_ms"}


def make(in_order):
    def statements(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute("DROP INDEX messages_to_parcel")
            schema_editor.execute(
                f"CREATE INDEX messages_to_parcel ON outbox_message ({COLUMNS[in_order]})"
                " WHERE state = 'waiting' AND parcel_id IS NULL"
            )

    return statements


class Migration(migrations.Migration):
    dependencies = [("outbox", "0002_proof")]
    operations = [migrations.RunPython(make(in_order=True), make(in_order=False))]
