"""How steps say what they have done to whoever watches."""


class Progress:
    """Nobody watches; Dagster keeps its own log. The command line shows both on its screen."""

    def done(self, message: str) -> None:
        """A step has ended, or there is something to know."""

    def doing(self, message: str) -> None:
        """A step goes on; the next message may take this one's place."""
