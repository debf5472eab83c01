"""Read the dependencies of the package from requirements.in, so that they are written once."""

from hatchling.metadata.plugin.interface import MetadataHookInterface


class CustomMetadataHook(MetadataHookInterface):
    def update(self, metadata: dict) -> None:
        with open("requirements.in") as lines:
            stripped = (line.strip() for line in lines)
            metadata["dependencies"] = [x for x in stripped if x and not x.startswith("#")]
