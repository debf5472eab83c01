"""The view that proves the books: what the rows say beside what the counters say."""

from django.db import migrations

PROOF = """
CREATE VIEW outbox_proof AS
SELECT campaign_id, provider, state, stage, fault, category, tls, SUM(counted) AS counted, SUM(booked) AS booked
FROM (
    SELECT campaign_id, provider, state, stage, fault, category, tls, COUNT(*) AS counted, 0 AS booked
    FROM outbox_message GROUP BY campaign_id, provider, state, stage, fault, category, tls
    UNION ALL
    SELECT campaign_id, provider, state, stage, fault, category, tls, 0, count FROM outbox_tally
) both_sides
GROUP BY campaign_id, provider, state, stage, fault, category, tls
"""


class Migration(migrations.Migration):
    dependencies = [("outbox", "0001_initial")]
    operations = [migrations.RunSQL(PROOF, "DROP VIEW outbox_proof")]
