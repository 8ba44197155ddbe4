"""The command `simnet`: help, mistakes, exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from simnet.cli.main import COMMANDS, main
from simnet.errors import FilterError, MissingError, Problem, ScenarioError
from simnet.version import VERSION
from tests.conftest import Command

ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent.parent)}


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_help_lists_every_command(simnet_command: Command, arguments: tuple[str, ...]) -> None:
    ended = simnet_command(*arguments)
    assert ended.code == 0
    assert all(f"  {name} " in ended.out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_a_file_and_help(simnet_command: Command, name: str) -> None:
    command = import_module(f"simnet.cli.{name}").command
    assert isinstance(command, click.Command) and command.name == name
    ended = simnet_command(name, "--help")
    assert ended.code == 0 and ended.out.startswith(f"Usage: simnet {name}")


def test_version(simnet_command: Command) -> None:
    assert simnet_command("--version") == (0, f"simnet {VERSION}\n", "")


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (["rnu"], 'did you mean "run"?'),
        (["pyproject.toml"], "to run a scenario write: simnet run pyproject.toml"),
        (["fly"], "the commands are run, check"),
        (["run"], "Missing argument"),
        (["run", "x.yaml", "--sed", "1"], "--seed"),
        (["run", "x.yaml", "--until", "5"], 'time "5" has no unit; write 5ms'),
        (["run", "x.yaml", "--seed", "-1"], 'expected a whole number, 0 or more, found "-1"'),
        (["show", "x.yaml", "--frame", "one"], 'expected a whole number, 1 or more, found "one"'),
        (["demo", "pyproject.toml"], "is a file; name a folder"),
    ],
)
def test_mistakes_get_advice_and_exit_code_2(
    simnet_command: Command, project: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], advice: str
) -> None:
    monkeypatch.chdir(project)
    ended = simnet_command(*arguments)
    assert ended.code == 2 and ended.out == ""
    assert ended.err.startswith("simnet: ") and advice in ended.err
    assert "--help" in ended.err.splitlines()[-1]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            ScenarioError([Problem("a.yaml", 3, 7, "one"), Problem("a.yaml", 9, 1, "two")]),
            "a.yaml:3:7: one\na.yaml:9:1: two\n",
        ),
        (FilterError('unknown name "tpc"; did you mean tcp?', 1), 'simnet: unknown name "tpc"; did you mean tcp?\n'),
        (MissingError("no tshark here; install it"), "simnet: no tshark here; install it\n"),
        (FileNotFoundError(2, "No such file or directory", "x.yaml"), "simnet: x.yaml: No such file or directory\n"),
        (OSError("strange"), "simnet: strange\n"),
        (OSError(28, "No space left on device"), "simnet: output cannot be written: No space left on device; "
         "make room there, or write to another place\n"),
    ],
)
def test_expected_errors_become_messages(
    simnet_command: Command, monkeypatch: pytest.MonkeyPatch, error: Exception, message: str
) -> None:
    monkeypatch.setattr("simnet.cli.schema.schema_text", _raising(error))
    assert simnet_command("schema") == (2, "", message)


def test_a_mistake_of_ours_says_so(simnet_command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simnet.cli.schema.schema_text", _raising(ZeroDivisionError("oops")))
    ended = simnet_command("schema")
    assert ended.code == 2
    assert "oops" in ended.err and ended.err.endswith("please report it with the lines above\n")


def test_interrupted(simnet_command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simnet.cli.schema.schema_text", _raising(KeyboardInterrupt()))
    assert simnet_command("schema") == (130, "", "simnet: interrupted\n")


@pytest.mark.skipif(os.name != "posix", reason="pipes break in another way there")
def test_nobody_reads_on() -> None:
    command = [sys.executable, "-m", "simnet", "--help"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_without_a_standard_output_it_says_so() -> None:
    command = "import sys; sys.stdout = None; from simnet.cli.main import main; main(['schema'])"
    ended = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, env=ENVIRONMENT)
    assert ended.returncode == 2 and ended.stderr.startswith("simnet: standard output is closed; ")


def test_python_m_simnet_is_the_same() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "simnet", "--version"], capture_output=True, text=True, env=ENVIRONMENT, check=True
    )
    assert result.stdout == f"simnet {VERSION}\n"


def test_a_terminal_of_another_encoding_gets_question_marks() -> None:
    environment = ENVIRONMENT | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    result = subprocess.run([sys.executable, "-m", "simnet", "schëma"], capture_output=True, text=True, env=environment)
    assert result.returncode == 2 and "sch?ma" in result.stderr and "Traceback" not in result.stderr


def _raising(error: BaseException):  # type: ignore[no-untyped-def]
    def function(*_: object) -> str:
        raise error

    return function


def test_main_takes_the_arguments_of_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["simnet", "--version"])
    with pytest.raises(SystemExit) as exit:
        main()
    assert exit.value.code == 0 and VERSION in capsys.readouterr().out
