"""The lines that "env" prints for a shell to evaluate."""

import shlex

from external_cluster import External
from options import Options
from readiness import PASSWORD, USERNAME
from state import State
from topology import main_ring

VARIABLES = ("COCQL_BACKEND", "COCQL_CONTACT_POINTS", "COCQL_PORT", "COCQL_TLS_PORT", "COCQL_MTLS_CONTACT_POINTS",
             "COCQL_MTLS_PORT", "COCQL_USERNAME", "COCQL_PASSWORD", "COCQL_CERTIFICATES", "COCQL_CA",
             "COCQL_CLIENT_CERT", "COCQL_CLIENT_KEY", "COCQL_CLIENT_KEY_ENCRYPTED", "COCQL_CLIENT_KEY_PASSWORD")


def of_state(state: State, options: Options) -> dict[str, str]:
    ring = main_ring(state.nodes)
    values = {
        "COCQL_BACKEND": state.backend,
        "COCQL_CONTACT_POINTS": ",".join(node.address for node in ring),
        "COCQL_PORT": str(ring[0].plain_port),
    }
    if state.settings["auth"]:
        values |= {"COCQL_USERNAME": USERNAME, "COCQL_PASSWORD": PASSWORD}
    if state.settings["tls"]:
        folder = options.certificate_directory
        values |= {
            "COCQL_TLS_PORT": str(ring[0].tls_port),
            "COCQL_CERTIFICATES": str(folder),
            "COCQL_CA": str(folder / "ca.pem"),
            "COCQL_CLIENT_CERT": str(folder / "client.pem"),
            "COCQL_CLIENT_KEY": str(folder / "client.key"),
            "COCQL_CLIENT_KEY_ENCRYPTED": str(folder / "client_encrypted.key"),
            "COCQL_CLIENT_KEY_PASSWORD": (folder / "client_encrypted.password").read_text().strip(),
        }
    demanding = [node for node in state.nodes if node.client_auth]
    if demanding:
        # The separate node if there is one; with --client-auth it is the ring itself.
        separate = [node for node in demanding if node.mtls_companion] or demanding
        values |= {
            "COCQL_MTLS_CONTACT_POINTS": ",".join(node.address for node in separate),
            "COCQL_MTLS_PORT": str(separate[0].tls_port),
        }
    return values


def of_external(external: External) -> dict[str, str]:
    return {
        "COCQL_BACKEND": "env",
        "COCQL_CONTACT_POINTS": ",".join(external.contact_points),
        "COCQL_PORT": str(external.port),
        **external.passed_on,
    }


def lines(values: dict[str, str]) -> list[str]:
    """What does not hold is unset: a shell may still have it from the cluster before."""
    absent = [name for name in VARIABLES if name not in values]
    result = [f"unset {' '.join(absent)}"] if absent else []
    return result + [f"export {name}={shlex.quote(values[name])}" for name in VARIABLES if name in values]
