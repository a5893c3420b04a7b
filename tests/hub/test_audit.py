import json
from pathlib import Path
from typing import Any

from artloop.hub.audit import FILES, Audit


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_call_is_one_line_with_its_ids_and_nothing_of_what_was_said(tmp_path: Path) -> None:
    audit = Audit(tmp_path / "hub/audit.jsonl")
    said = {"task_id": "t-1\nforged", "agent_id": "x" * 500, "iteration": 3, "result": "secret", "run_id": ["no id"]}
    audit.write("ada", "worker", "submit_result", said, "refused", 12)
    audit.close()
    (line,) = lines(tmp_path / "hub/audit.jsonl")
    assert line.pop("at") > 0
    assert line.pop("ids") == {"agent_id": "x" * 64, "task_id": "t-1\nforged", "iteration": "3"}
    assert line == {"key": "ada", "role": "worker", "tool": "submit_result", "outcome": "refused", "ms": 12}
    assert "secret" not in (tmp_path / "hub/audit.jsonl").read_text()


def test_the_log_is_rotated_by_size_and_the_oldest_is_let_go(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    audit = Audit(path, largest=300)
    for number in range(40):
        audit.write("", "viewer", "get_counts", {"task_id": f"t-{number}"}, "ok", 0)
    audit.close()
    names = sorted(file.name for file in tmp_path.iterdir())
    assert names == ["audit.1.jsonl", "audit.2.jsonl", "audit.3.jsonl", "audit.4.jsonl", "audit.jsonl"]
    assert len(names) == FILES
    newest_last = [path.with_suffix(f".{number}.jsonl") for number in range(FILES - 1, 0, -1)] + [path]
    told = [line["ids"]["task_id"] for file in newest_last for line in lines(file)]
    assert told == [f"t-{number}" for number in range(40 - len(told), 40)]
    assert max(file.stat().st_size for file in tmp_path.iterdir()) < 500


def test_a_hub_that_starts_again_goes_on_in_the_same_file(tmp_path: Path) -> None:
    for _ in range(2):
        audit = Audit(tmp_path / "audit.jsonl")
        audit.write("", "viewer", "get_counts", {}, "ok", 0)
        audit.close()
    assert len(lines(tmp_path / "audit.jsonl")) == 2
