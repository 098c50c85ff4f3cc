"""The plan in Compose's own shape: plain mappings and lists, keys in the order of the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from composegen.formats.compose import REPLACED, merge_raw, mount_target
from composegen.plan.model import Mount, Plan, Service, Volume
from composegen.resources import SECRETS

# The order that people read a service in; keys that are not named follow by alphabet.
ORDER = (
    "image",
    "build",
    "container_name",
    "depends_on",
    "volumes",
    "volumes_from",
    "configs",
    "secrets",
    "environment",
    "env_file",
    "ports",
    "networks",
    "network_mode",
    "extra_hosts",
    "command",
    "entrypoint",
    "working_dir",
    "restart",
    "healthcheck",
    "logging",
    "labels",
    "user",
)


def document(plan: Plan) -> dict[str, Any]:
    """Return the Compose file as data; the user's raw keys are merged last."""
    services = {service.name: service_document(service) for service in plan.services}
    result: dict[str, Any] = {"name": plan.name, "services": services}
    if plan.networks:
        result["networks"] = {
            network.name: {"internal": True} if network.internal else {}
            for network in plan.networks
        }
    if plan.volumes:
        result["volumes"] = {volume.key: _volume(volume) for volume in plan.volumes}
    secrets = sorted({name for service in plan.services for name in service.secrets})
    if secrets:
        result["secrets"] = {name: {"file": f"./{SECRETS}/{name}"} for name in secrets}
    merged = merge_raw(result, plan.compose)
    merged["services"] = {
        name: _ordered(service) for name, service in sorted(merged["services"].items())
    }
    return merged


def service_document(service: Service) -> dict[str, Any]:
    """Return one service as data."""
    result: dict[str, Any] = {
        "image": service.image,
        "build": _build(service),
        "depends_on": {
            name: {"condition": condition} for name, condition in service.depends_on.items()
        },
        "volumes": [volume_entry(mount) for mount in service.mounts if mount.type != "tmpfs"],
        "secrets": sorted(service.secrets),
        "environment": dict(service.environment),
        "ports": list(service.ports),
        "networks": list(service.networks),
        "command": list(service.command),
        "working_dir": service.working_dir,
        "restart": service.restart,
        "healthcheck": _healthcheck(service),
        "logging": _LOGGING if service.log_rotation else None,
        "user": service.user,
        "cap_add": list(service.cap_add),
        "cap_drop": ["ALL"],
        "deploy": _deploy(service),
        "develop": _develop(service),
        "hostname": service.hostname,
        "init": service.init or None,
        "profiles": list(service.profiles),
        "read_only": service.read_only or None,
        "security_opt": ["no-new-privileges:true", *service.security_opt],
        "shm_size": service.shm_size,
        "stop_grace_period": service.stop_grace_period,
        "ulimits": dict(service.ulimits),
        "tmpfs": [tmpfs_entry(mount) for mount in service.mounts if mount.type == "tmpfs"],
    }
    said = {key: value for key, value in result.items() if value not in (None, [], {})}
    raw = _in_our_form(service.compose, said)
    if isinstance(raw.get("volumes"), list) and "volumes" in said:
        taken = {mount_target(entry) for entry in raw["volumes"]}
        said["volumes"] = [one for one in said["volumes"] if mount_target(one) not in taken]
    return merge_raw(said, raw)


def reasons(plan: Plan) -> dict[tuple[str, ...], str]:
    """Return the short reason for a service's key or mount, by where it stands."""
    result: dict[tuple[str, ...], str] = {}
    for service in plan.services:
        for key, text in service.why.items():
            result[service.name, key] = text
        for mount in service.mounts:
            if mount.why:
                key = "tmpfs" if mount.type == "tmpfs" else "volumes"
                result[service.name, key, mount.target] = mount.why
    for network in plan.networks:
        result["networks", network.name] = network.why
    for volume in plan.volumes:
        if volume.external:
            result["volumes", volume.key] = f"not made by Compose: {volume.create}"
    return result


def _in_our_form(raw: Mapping[str, Any], ours: Mapping[str, Any]) -> dict[str, Any]:
    """Return raw keys in the forms that we write, so that both can be merged."""
    result = dict(raw)
    for key, value in raw.items():
        mine = ours.get(key)
        if isinstance(mine, Mapping) and isinstance(value, list):
            if key == "depends_on":
                result[key] = {name: {"condition": "service_started"} for name in value}
            elif all(isinstance(item, str) for item in value):
                pairs = (item.partition("=") for item in value)
                result[key] = {name: text if equals else None for name, equals, text in pairs}
        elif isinstance(mine, list) and isinstance(value, str) and key not in REPLACED:
            result[key] = [value]
        elif isinstance(mine, list) and isinstance(value, Mapping) and key == "networks":
            result[key] = {**dict.fromkeys(mine), **value}
    return result


def _ordered(service: Any) -> Any:
    if not isinstance(service, Mapping):
        return service
    return dict(
        sorted(
            service.items(),
            key=lambda item: (
                ORDER.index(item[0]) if item[0] in ORDER else len(ORDER),
                item[0],
            ),
        )
    )


_LOGGING = {"driver": "json-file", "options": {"max-file": "5", "max-size": "10m"}}


def _build(service: Service) -> dict[str, Any] | None:
    build = service.build
    if build is None:
        return None
    result: dict[str, Any] = {"context": build.context}
    if build.dockerfile != "Dockerfile":
        result["dockerfile"] = build.dockerfile
    result["target"] = build.target
    if build.args:
        result["args"] = dict(build.args)
    return result


def volume_entry(mount: Mount) -> str | dict[str, Any]:
    """Return an entry of `volumes:`.

    A bind mount is written so that Docker never makes a missing source (as a folder of root's); a
    volume of one letter so that Compose does not read a Windows drive.
    """
    if mount.type == "bind":
        result: dict[str, Any] = {"type": "bind", "source": mount.source, "target": mount.target}
        if mount.read_only:
            result["read_only"] = True
        if mount.consistency:
            result["consistency"] = mount.consistency
        return result | {"bind": {"create_host_path": False}}
    if len(mount.source) == 1:
        result = {"type": "volume", "source": mount.source, "target": mount.target}
        return result | ({"read_only": True} if mount.read_only else {})
    return f"{mount.source}:{mount.target}" + (":ro" if mount.read_only else "")


def tmpfs_entry(mount: Mount) -> str:
    """Return an entry of `tmpfs:`, with the options that are not the default."""
    said = {"size": mount.size, "uid": mount.uid, "gid": mount.gid, "mode": mount.mode}
    options = [f"{key}={value}" for key, value in said.items() if value]
    return f"{mount.target}:{','.join(options)}" if options else mount.target


def _healthcheck(service: Service) -> dict[str, Any] | None:
    check = service.healthcheck
    if check is None:
        return None
    if check.disable:
        return {"disable": True}
    result = {
        "test": list(check.test),
        "interval": check.interval,
        "timeout": check.timeout,
        "retries": check.retries,
        "start_period": check.start_period,
        "start_interval": check.start_interval,
    }
    return {key: value for key, value in result.items() if value is not None}


def _develop(service: Service) -> dict[str, Any] | None:
    entries = []
    for watch in service.watch:
        entry: dict[str, Any] = {"action": watch.action, "path": watch.path}
        if watch.target:
            entry["target"] = watch.target
        if watch.ignore:
            entry["ignore"] = list(watch.ignore)
        if watch.initial_sync:
            entry["initial_sync"] = True
        entries.append(entry)
    return {"watch": entries} if entries else None


def _deploy(service: Service) -> dict[str, Any] | None:
    result: dict[str, Any] = {}
    if service.replicas:
        result["replicas"] = service.replicas
    if service.limits:
        limits = {
            "cpus": service.limits.cpus,
            "memory": service.limits.memory,
            "pids": service.limits.pids,
        }
        given = {key: value for key, value in limits.items() if value}
        result["resources"] = {"limits": given}
    if service.gpus:
        device = {"driver": "nvidia", "count": service.gpus, "capabilities": ["gpu"]}
        result.setdefault("resources", {})["reservations"] = {"devices": [device]}
    return result or None


def _volume(volume: Volume) -> dict[str, Any]:
    result: dict[str, Any] = {"name": volume.name}
    if volume.external:
        result["external"] = True
    else:
        result |= {"driver": volume.driver, "driver_opts": dict(volume.driver_opts)}
    return {key: value for key, value in result.items() if value}
