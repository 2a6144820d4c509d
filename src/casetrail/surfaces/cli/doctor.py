"""`casetrail doctor`: what is installed, what serves, what is missing and how to get it."""

from casetrail import bootstrap
from casetrail.app.audit_findings import examine_witness
from casetrail.app.clock import utc_now_us
from casetrail.app.doctor import examine, is_well
from casetrail.model.errors import MissingError
from casetrail.surfaces.cli.output import DataOption, JsonOption, print_json, print_table, settings_for


def doctor(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Say what is installed, which models serve, whether stores and clock are fit; exit code 5 when not."""
    settings = settings_for(data)
    findings = examine(settings, bootstrap.open_model_files(settings), bootstrap.store_probes(settings), utc_now_us())
    if settings.store_dir.is_dir():
        findings += (examine_witness(bootstrap.open_audit_ports(settings), utc_now_us(), settings.witness_days),)
    if as_json:
        print_json({"well": is_well(findings), "findings": findings})
    else:
        rows = [
            {"topic": one.topic, "what": one.what, "health": one.health, "found": one.found, "to do": one.todo}
            for one in findings
        ]
        print_table(rows, title="doctor")
    if not is_well(findings):
        raise MissingError("something that is needed is missing", where="doctor", todo="see the lines marked missing")
