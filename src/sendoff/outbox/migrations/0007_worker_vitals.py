"""What each worker counts, so that /metrics can tell it for all hosts."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outbox", "0006_unmatched_replies")]
    operations = [
        migrations.AddField("worker", "database_losses", models.PositiveIntegerField(default=0)),
        migrations.AddField("worker", "queue_losses", models.PositiveIntegerField(default=0)),
        migrations.AddField("worker", "journal_bytes", models.BigIntegerField(default=0)),
    ]
