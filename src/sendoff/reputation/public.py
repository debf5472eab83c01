"""The door of reputation: what others say of us. Reports of receivers, summed. It sends no mail."""
