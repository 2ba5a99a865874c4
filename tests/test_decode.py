"""The instruction decoder against an assembler's truths, against whole disassembled libraries, and under sanitizers."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from decoding import GENERAL, Decoded, build, decode, disassemble, need, read_table

SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-O1", "-g"]
ENVIRONMENT = {"ASAN_OPTIONS": "detect_leaks=0", "PATH": os.environ["PATH"]}
MACHINES = ["x86_64", "aarch64"]
NO_ACCESS = re.compile(r"(lea|nop|prefetch|prf|clflush|clwb|cldemote|bnd|rdssp|ud)")
STACK = re.compile(r"(push|pop|call|ret|leave|enter)")
PREFIXES = {"lock", "rep", "repz", "repnz", "bnd", "notrack", "data16", "addr32", "cs", "ds", "es", "fs", "gs", "ss"}


@pytest.fixture(scope="module")
def program(tmp_path_factory) -> Path:
    return build(tmp_path_factory.mktemp("decode"), Path(need("cc")).name, ["-O1"])


@pytest.mark.parametrize("machine", MACHINES)
def test_every_instruction_of_the_table_is_decoded_as_the_table_says(machine: str, program: Path) -> None:
    rows = read_table(machine)
    answers = decode(program, machine, (row.code for row in rows))
    assert len(rows) > 100
    assert all(answer.uops >= 1 for answer in answers)
    wrong = [
        f"{row.text}: {field.name} is {getattr(answer, field.name)}, not {getattr(row.expected, field.name)}"
        for row, answer in zip(rows, answers, strict=True)
        for field in dataclasses.fields(Decoded)
        if field.name != "uops" and getattr(answer, field.name) != getattr(row.expected, field.name)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("machine", MACHINES)
def test_an_instruction_cut_short_is_never_taken_for_known_beyond_its_opcode(machine: str, program: Path) -> None:
    codes = [row.code for row in read_table(machine)]
    empty, *firsts = decode(program, machine, ["", *(code[:2] for code in codes)])
    assert not empty.known
    if machine == "aarch64":
        assert not any(first.known for first in firsts)


def test_unknown_bytes_are_told_as_one_slow_operation_without_operands(program: Path) -> None:
    unknown = [("x86_64", "06"), ("x86_64", "0f04"), ("x86_64", "c4ff00"), ("aarch64", "00000004"), ("aarch64", "ff")]
    for machine, code in unknown:
        (answer,) = decode(program, machine, [code])
        assert (answer.known, answer.op, answer.uops) == (False, "other", 1), code
        assert not answer.reads | answer.writes | answer.address, code


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_decoder_compiles_without_a_warning_and_random_bytes_never_lead_out_of_bounds(
    compiler: str, tmp_path: Path
) -> None:
    need(compiler)
    checked = build(tmp_path, compiler, SANITIZERS)
    for machine in MACHINES:
        command = [str(checked), machine, "7", "100000"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=ENVIRONMENT)
        assert done.returncode == 0, done.stdout + done.stderr[-3000:]
        assert int(done.stdout) > 25_000
        codes = [row.code for row in read_table(machine)]
        cut = (code[:size] for code in codes for size in range(2, len(code), 2))
        assert decode(checked, machine, cut)


def libraries() -> list[Path]:
    """The C library and the library (or program) that holds this Python, where they are x86-64."""
    python = Path(sysconfig.get_config_var("LIBDIR") or "") / (sysconfig.get_config_var("INSTSONAME") or "")
    loaded = Path("/proc/self/maps").read_text() if Path("/proc/self/maps").exists() else ""
    libc = re.search(r"(/\S*/libc(-[\d.]+)?\.so\S*)", loaded)
    candidates = [Path(libc[1]) if libc else None, python if python.is_file() else Path(sys.executable).resolve()]
    return [path for path in candidates if path is not None and is_of_machine(path, 62)]


def is_of_machine(path: Path, number: int) -> bool:
    with path.open("rb") as file:
        head = file.read(20)
    return head[:4] == b"\x7fELF" and int.from_bytes(head[18:20], "little") == number


@pytest.fixture(scope="module")
def decoded_libraries(program: Path) -> list[tuple[str, int, Decoded]]:
    """Every instruction of them that is unlike those before: its text, how often it occurs, and what was decoded."""
    objdump, paths = need("objdump"), libraries()
    if not paths:
        pytest.skip("neither this C library nor this Python is x86-64")
    found = sum((disassemble(objdump, path) for path in paths), start=disassemble(objdump, paths[0]))
    answers = decode(program, "x86_64", (code for code, _ in found))
    return [(text, count, answer) for ((_, text), count), answer in zip(found.items(), answers, strict=True)]


def operation(text: str) -> str:
    """Return the mnemonic, less the prefixes that objdump writes before it."""
    return next((word for word in text.split() if word not in PREFIXES and not word.startswith("rex")), "prefix")


def touches_memory(text: str) -> bool:
    name, operands = operation(text), text.partition(operation(text))[2]
    if STACK.match(name):
        return True
    if NO_ACCESS.match(name):
        return False
    is_absolute = re.search(r"(^|[ ,])(%[fg]s:)?0x[0-9a-f]+(,|$)", operands) and not name.startswith(("j", "xbegin"))
    return "(" in operands.replace("%st(", "") or "%fs:" in operands or "%gs:" in operands or bool(is_absolute)


def test_nearly_every_instruction_of_whole_libraries_is_known(decoded_libraries) -> None:
    total = sum(count for _, count, _ in decoded_libraries)
    unknown = {text: count for text, count, answer in decoded_libraries if not answer.known}
    assert total > 100_000
    assert sum(unknown.values()) <= 0.001 * total, list(unknown.items())[:50]


def test_memory_operands_are_those_that_objdump_prints(decoded_libraries) -> None:
    known = [entry for entry in decoded_libraries if entry[2].known]
    wrong = {text: count for text, count, it in known if touches_memory(text) != bool(it.loads + it.stores)}
    assert sum(wrong.values()) <= 0.0005 * sum(count for _, count, _ in known), list(wrong.items())[:50]


def test_branches_are_those_that_objdump_prints(decoded_libraries) -> None:
    def kind(text: str) -> str:
        name = operation(text)
        indirect = "indirect_" if re.search(r"\s\*[^A]", text) else ""
        if name.startswith("call"):
            return f"{indirect}call"
        if name.startswith("jmp"):
            return f"{indirect}jump"
        if name.startswith(("j", "loop")):
            return "conditional"
        return "return" if name.startswith("ret") else "none"

    assert not [text for text, _, answer in decoded_libraries if answer.known and answer.flow != kind(text)]


# The mnemonics whose operands' roles are plain: how the last operand is used. All of them read the others.
CHANGE = "add sub and or xor adc sbb imul addsd subsd mulsd divsd addss subss mulss addpd mulpd paddd paddq pand por unpcklpd"
WRITE = "mov movabs movzbl movzwl movslq movsbl movswl movsbq movswq lea movaps movups movdqa movdqu movapd pshufd cvttsd2si"
COMPARE = "cmp test ucomisd comisd ucomiss ptest"
ALONE = "inc dec neg not bswap"
SHIFTS = "shl shr sar rol ror"
WITH_FLAGS = "adc sbb"
ROLES = {
    name: role
    for names, role in (
        (CHANGE, "change"),
        (WRITE, "write"),
        (COMPARE, "compare"),
        (ALONE, "change"),
        (SHIFTS, "change"),
    )
    for name in names.split()
}
FLAGS_TOO = "add sub and or xor adc sbb imul inc dec neg"
SETS_FLAGS = {*FLAGS_TOO.split(), *COMPARE.split(), *SHIFTS.split()}
PARTS = {f"{low}{part}": name for name, low in zip(GENERAL[:4], "acdb", strict=True) for part in "lh"}
BYTES_OF_OTHERS = {f"{name[1:]}l": name for name in GENERAL[4:8]}


def register(word: str) -> tuple[str, bool]:
    """Return the whole register of an operand's name, and whether the name means only a part that is kept beside others."""
    name = word.lstrip("%")
    if name.startswith(("xmm", "ymm", "zmm")):
        return f"v{name[3:]}", False
    whole = PARTS.get(name) or BYTES_OF_OTHERS.get(name)
    if whole:
        return whole, True
    if match := re.fullmatch(r"(r\d+)([bwd]?)", name):
        return match[1], match[2] in ("b", "w") and bool(match[2])
    return f"r{name[-2:]}", len(name) == 2


def plain_operands(text: str) -> tuple[str, list[str]] | None:
    """Return the mnemonic (less its size) and the operands of an instruction whose roles are plain, or None."""
    name, _, rest = text.partition(" ")
    operands = re.findall(r"(?:[^,(]|\([^)]*\))+", rest.strip())
    if name not in ROLES and name[:-1] in ROLES and name[-1] in "bwlq":
        name = name[:-1]
    known_registers = all(re.search(r"%(c|d|e|f|g|s)s\b|%(st|mm|k|cr|db|bnd)\d*\b", one) is None for one in operands)
    expected = (1, 2) if name in SHIFTS.split() else (1,) if name in ALONE.split() else (2,)
    is_plain = name in ROLES and len(operands) in expected and known_registers
    return (name, operands) if is_plain else None


def expected_registers(name: str, operands: list[str]) -> tuple[set[str], set[str], set[str]]:
    """Return what an instruction of plain roles reads, what forms its address, and what it writes."""
    reads, writes, address = set[str](), set[str](), set[str]()
    role = ROLES[name]
    for place, operand in enumerate(operands):
        is_last = place == len(operands) - 1
        if "(" in operand:
            inner = operand[operand.index("(") :]
            found = {
                register(word)[0] for word in re.findall(r"%[a-z]\w+", inner) if word not in ("%rip", "%riz", "%eiz")
            }
            (reads if name == "lea" else address).update(found)
        elif operand.startswith("%"):
            whole, is_part = register(operand)
            if not (is_last and role == "write") or is_part:
                reads.add(whole)
            if is_last and role != "compare":
                writes.add(whole)
    if name in SETS_FLAGS:
        writes.add("flags")
    if name in WITH_FLAGS.split():
        reads.add("flags")
    return reads, address, writes


def test_registers_of_common_instructions_are_those_that_objdump_prints(decoded_libraries) -> None:
    seen, wrong = set(), []
    for text, _, answer in decoded_libraries:
        plain = plain_operands(text)
        if plain is None or not answer.known:
            continue
        seen.add(plain[0])
        if (set(answer.reads), set(answer.address), set(answer.writes)) != expected_registers(*plain):
            wrong.append(f"{text}: {answer}")
    assert len(seen) >= 45, sorted(set(ROLES) - seen)
    assert not wrong, "\n".join([str(len(wrong)), *wrong[:30]])


@pytest.fixture(scope="module")
def decoded_aarch64(program: Path) -> list[tuple[str, int, Decoded]]:
    """The same for the cross compiler's C library."""
    objdump, compiler = need("aarch64-linux-gnu-objdump"), need("aarch64-linux-gnu-gcc")
    answer = subprocess.run([compiler, "-print-file-name=libm.so.6"], capture_output=True, text=True, check=True).stdout
    path = Path(answer.strip())
    libc = path.with_name("libc.so.6")
    if not path.is_file() or not libc.is_file():
        pytest.skip("the cross compiler has no C library")
    found = disassemble(objdump, path) + disassemble(objdump, libc)
    answers = decode(program, "aarch64", (code for code, _ in found))
    return [(text, count, it) for ((_, text), count), it in zip(found.items(), answers, strict=True)]


def test_aarch64_instructions_are_known_but_for_the_scalable_vectors(decoded_aarch64) -> None:
    total = sum(count for _, count, _ in decoded_aarch64)
    unknown = {text: count for text, count, it in decoded_aarch64 if not it.known and not re.search(r"\b[zp]\d", text)}
    assert sum(unknown.values()) <= 0.001 * total, unknown


def test_aarch64_memory_operands_are_those_that_objdump_prints(decoded_aarch64) -> None:
    def touches(text: str) -> bool:
        if text.startswith(("prf", "dc ")):
            return text.startswith("dc zva")
        return "[x" in text or "[sp" in text or (text.startswith("ldr") and "<" in text)

    assert not [text for text, _, it in decoded_aarch64 if it.known and touches(text) != bool(it.loads + it.stores)]


def test_the_same_bytes_always_give_the_same_answer(program: Path) -> None:
    """Nothing of one instruction is left over in the next."""
    codes = [row.code for row in read_table("x86_64")]
    plain = dict(zip(codes, decode(program, "x86_64", codes), strict=True))
    others = [*reversed(codes), *codes[::7]]
    assert decode(program, "x86_64", others) == [plain[code] for code in others]
