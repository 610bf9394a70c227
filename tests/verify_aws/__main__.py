"""``python -m tests.verify_aws --account ID``: ask AWS itself; see the README."""

import argparse
import contextlib
import json
import re
import secrets
import shutil
import sys
import tempfile
from functools import partial
from pathlib import Path

from e2e.cdk import Cdk, CommandError
from e2e.embedded_aws import EmbeddedAws
from e2e.environment import EMBEDDED_AWS_PYTHON, HERE, find_python, virtual_environment
from tests.eventually import eventually
from tests.parity.side_by_side import MODULES, Backend, is_served, start_flask
from tests.ports import free_port
from tests.verify_aws import play
from tests.verify_aws.account import EmbeddedAccount, RealAccount, WrongAccount
from tests.verify_aws.chosen import chosen_asks, chosen_cases, key_of
from tests.verify_aws.deployment import deployed
from tests.verify_aws.redaction import leaks

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 7200


def options_of(arguments):
    parser = argparse.ArgumentParser(prog="make verify-aws", description="Ask AWS itself.")
    parser.add_argument("--account", help="the account that is used; nothing is done without it")
    parser.add_argument("--region")
    parser.add_argument("--write", type=Path, default=ROOT / "build" / "verify-aws")
    parser.add_argument("--short", action="store_true", help="one case of each kind")
    parser.add_argument("--embedded", action="store_true", help="the embedded AWS, no account")
    parser.add_argument("--keep-log", type=Path, help="where the embedded AWS's log goes")
    options = parser.parse_args(arguments)
    if options.embedded and options.account:
        parser.error("--embedded has an account of its own")
    if not options.embedded and not re.fullmatch(r"\d{12}", options.account or ""):
        parser.error("--account ID is needed, the twelve digits of the account to deploy to")
    return options


@contextlib.contextmanager
def account_of(options, folder):
    """The account, the embedded one started and bootstrapped."""
    if not options.embedded:
        yield RealAccount(options.account, options.region)
        return
    python = find_python(EMBEDDED_AWS_PYTHON)
    if python is None:
        version = "{}.{}".format(*EMBEDDED_AWS_PYTHON)
        raise WrongAccount(f"the embedded AWS runs on Python {version} only, and none was found")
    aws_python = virtual_environment("venv", python, HERE / "requirements.txt")
    functions = virtual_environment(
        "function", Path(sys.executable).resolve(), HERE / "requirements-function.txt"
    )
    runtime = "python{}.{}".format(*sys.version_info[:2])
    aws = EmbeddedAws(aws_python, {runtime: functions}, folder)
    try:
        with aws:
            yield EmbeddedAccount(aws)
    finally:
        if options.keep_log and aws.log.exists():
            shutil.copy(aws.log, options.keep_log)


class Verification:
    """One run, in stacks of its own."""

    def __init__(self, account, options, folder):
        self.account, self.options = account, options
        self.name = f"CoworksVerify-{secrets.token_hex(4)}"
        project = folder / "project"
        project.mkdir()
        app = f"{sys.executable} -m tests.verify_aws.app"
        (project / "cdk.json").write_text(json.dumps({"app": app, "output": "cdk.out"}))
        self.cdk = Cdk(project, self, {}, SECONDS)
        self.bucket = None

    def client_environment(self):
        """The environment of the CDK's commands."""
        short = {"VERIFY_SHORT": "1"} if self.options.short else {}
        return {**self.account.client_environment(), "VERIFY_NAME": self.name, **short}

    def deploy(self):
        if self.account.is_embedded:
            self.cdk.bootstrap()
        print(f"deploying {self.name}-Services and {self.name}-Recorded", flush=True)
        outputs = self.cdk.deploy()[1]
        found = {name: value for stack in outputs.values() for name, value in stack.items()}
        self.bucket = play.Bucket(self.account, found["VerifyBucket"])
        return {n.removeprefix("Verify"): v for n, v in found.items() if n.startswith("Verify")}

    def destroy(self):
        print(f"destroying {self.name}-Services and {self.name}-Recorded", flush=True)
        try:
            if self.bucket is not None:
                self.bucket.clear()
            stacks = (f"{self.name}-Services", f"{self.name}-Recorded")
            play.wait_until_settled(self.account.client("cloudformation"), stacks)
            self.cdk.destroy()
        except BaseException:
            print(
                f"They are NOT all gone. Empty the bucket of {self.name}-Recorded, and delete both "
                "stacks: aws cloudformation delete-stack --stack-name NAME",
                file=sys.stderr,
            )
            raise

    def run(self):
        """Give what differs."""
        with deployed(self.deploy, self.destroy) as found:
            services = {name: found[name] for name in MODULES if name in found}
            declared = [v for n, v in found.items() if n.startswith("Declared")]
            known = play.known_ids(self.account, [*services.values(), *declared])
            if not self.account.is_embedded:
                play.wait_until_there(self.account, [*services.values(), *declared])
            return self._cases(found, known) + self._services(services, known)

    def _cases(self, found, known):
        cases, told, recorded = chosen_cases(short=self.options.short), [], []
        numbers = {key: n for n, key in enumerate(dict.fromkeys(key_of(c) for c in cases))}
        for case in cases:
            api_id = found[f"Declared{numbers[key_of(case)]}"]
            answer, events = play.play_case(self.account, api_id, self.bucket, case)
            told += [f"{case}: {one}" for one in play.problems_of(case, answer, events)]
            recorded.append(play.recording(case, answer, events, known))
        self._write("recorded.json", recorded, known)
        return told

    def _services(self, services, known):
        asks = chosen_asks(short=self.options.short)
        ports, processes = {}, []
        with tempfile.TemporaryDirectory() as folder:
            try:
                for name in services:
                    ports[name] = free_port()
                    processes.append(start_flask(MODULES[name], ports[name], Path(folder)))
                for port in ports.values():
                    eventually(partial(is_served, port))
                told, came = play.play_services(
                    Backend(ports, ""), play.Service(self.account, services), asks, known
                )
            finally:
                for process in processes:
                    process.kill()
                    process.wait()
        self._write("parity.json", came, known)
        return told

    def _write(self, name, content, known):
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        own = {one: known[one] for one in known if one != known[one]}
        if found := leaks(text, own):
            raise RuntimeError(f"{name} would tell {' and '.join(found)}; nothing is written")
        self.options.write.mkdir(parents=True, exist_ok=True)
        (self.options.write / name).write_text(text, encoding="utf-8")
        print(f"{len(content)} answers in {self.options.write / name}", flush=True)


def main(arguments=None):
    """Run; exit status 1 where AWS answers otherwise than recorded, or where that isn't known."""
    options = options_of(arguments)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="verify-aws-") as folder,
            account_of(options, Path(folder)) as account,
        ):
            account.check()
            told = Verification(account, options, Path(folder)).run()
    except (WrongAccount, CommandError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    for one in told:
        print(f"differs: {one}")
    print(f"{len(told)} differences")
    return 1 if told and not options.embedded else 0


if __name__ == "__main__":
    sys.exit(main())
