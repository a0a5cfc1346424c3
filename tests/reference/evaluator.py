"""A second, naive computation of framework and period figures, with nothing but Python, to hold the engine against.

python3 evaluator.py ASSETS < CASES      reads {"cases": [..]}, writes their figures as a list
python3 evaluator.py ASSETS --check      runs the cases below that were computed by hand

Times are Unix seconds, but in facts, where they are texts as reported. Days are those of UTC or Europe/Berlin.
"""
import datetime, fractions, json, math, os, re, sys, tomllib

DAY = 86_400
ASSETS = sys.argv[1]
CATALOGUE = tomllib.load(open(os.path.join(ASSETS, "checks.toml"), "rb"))
CHECKS = {check["id"]: check for check in CATALOGUE["check"]}
SUPPORT = tomllib.load(open(os.path.join(ASSETS, "os_support.toml"), "rb"))
APPLIANCE = ("user", "tenant")
DATES = ("last_review_date", "next_review_date")

# ---------------------------------------------------------------- time

def epoch(text):
    return math.floor(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())

def last_sunday(year, month):
    day = datetime.date(year, month, 31)
    return day - datetime.timedelta(days=(day.weekday() + 1) % 7)

def offset(at, zone):
    """Seconds that the zone's clocks are ahead. Summer time of the EU: last Sundays of March and October, 01:00 UTC."""
    if zone == "UTC":
        return 0
    year = datetime.datetime.fromtimestamp(at, datetime.UTC).year
    change = lambda month: epoch(f"{last_sunday(year, month)}T01:00:00Z")
    return 7_200 if change(3) <= at < change(10) else 3_600

def day_of(at, zone):
    return datetime.datetime.fromtimestamp(at + offset(at, zone), datetime.UTC).date()

def start_of(day, zone):
    """The first moment of a day, found by trying every offset the zone has."""
    midnight = epoch(f"{day}T00:00:00Z")
    return min(at for at in (midnight, midnight - 3_600, midnight - 7_200) if day_of(at, zone) == day and day_of(at - 1, zone) < day)

def date(text):
    return datetime.date.fromisoformat(text)

# ---------------------------------------------------------------- facts and rules

class Unknown:
    def __init__(self, reason):
        self.reason = reason

def numbers(text):
    found = [int(number) for number in re.findall(r"\d+", text)]
    while found and found[-1] == 0:
        found.pop()
    return found

def os_supported(subject, case):
    facts, today = subject["facts"], day_of(case["at"], case["zone"])
    version = facts.get("os_version")
    if version is None or facts.get("last_seen") is None:
        return None
    fits = lambda entry: entry["os"] == facts["os_type"] and entry.get("distro", "") == (facts.get("os_distribution") or "") and (
        version == entry["prefix"] or version.startswith(entry["prefix"] + "."))
    entries = sorted(filter(fits, SUPPORT["release"]), key=lambda entry: len(entry["prefix"]))
    if not entries:
        return None
    ends = [value for key, value in entries[-1].items() if key.startswith("eol")]  # no edition is ever reported here
    open_until = date(SUPPORT["data_date"]) + datetime.timedelta(days=SUPPORT["open_valid_days"])
    answers = {today <= date(end) if end else (True if today <= open_until else None) for end in ends}
    return answers.pop() if len(answers) == 1 else None

def item_name(item):
    name = item if isinstance(item, str) else item.get("name") if isinstance(item, dict) else None
    return name if isinstance(name, str) and name.strip() else None

def look(subject, fact, case):
    """(value or None, when it was confirmed or None)."""
    facts, confirmed = subject["facts"], subject.get("confirmed", {})
    if fact == "os.release_supported":
        return os_supported(subject, case), epoch(facts["last_seen"]) if facts.get("last_seen") else None
    if fact.startswith("software."):
        if "software" not in confirmed:
            return None, None
        items, at = facts.get("software.items"), confirmed["software"]
        if fact == "software.count":
            return (len(items) if items is not None else None), at
        if fact == "software.names":
            names = None if items is None else [item_name(item) for item in items]
            return (names if names is None or None not in names else items), at
        if fact == "software.collected_at":
            return datetime.datetime.fromtimestamp(at, datetime.UTC).isoformat(), at
        return items, at
    if fact.startswith("security."):
        return (facts.get(fact), confirmed["security"]) if "security" in confirmed else (None, None)
    return facts.get(fact), None

def empty(value):
    return value is None or value in ("", [], {}) or isinstance(value, str) and not value.strip()

def same_kind(one, other):
    return type(one) is type(other)

def places(allowed):
    return {place for entry in allowed for place in [entry, *CATALOGUE["regions"].get(entry, [])]}

def hits(item, pattern):
    """Whether the item is meant; Unknown where its version is needed and not known."""
    name, below, version = pattern.partition("<")
    if item_name(item).lower() != name.strip().lower():
        return False
    if not below:
        return True
    own = item.get("version") if isinstance(item, dict) else None
    if own is None:
        return Unknown("absent")
    if not isinstance(own, str) or not re.search(r"\d", own):
        return Unknown("wrong_type")
    return numbers(own) < numbers(version)

def age(value, limit, fact, case):
    if fact in DATES:
        begins, ends = start_of(date(value), case["zone"]), start_of(date(value) + datetime.timedelta(days=limit + 1), case["zone"])
    else:
        begins = epoch(value)
        ends = begins + limit * DAY + 1
    return Unknown("future") if case["at"] < begins else case["at"] < ends

def leaf(rule, subject, params, case):
    value, confirmed = look(subject, rule["fact"], case)
    op, operand = rule["op"], rule.get("value")
    if op == "exists":
        return not empty(value)
    if isinstance(operand, dict):
        table = params[operand["param"]]
        operand = table.get(subject["facts"].get(operand["key_fact"])) if "key_fact" in operand else table
    if op != "not_past" and not isinstance(operand, bool) and not isinstance(operand, int) and empty(operand):
        return Unknown("not_configured")
    if value is None:
        return Unknown("absent")
    if confirmed is not None and case["at"] > confirmed + max_age(case) * DAY:
        return Unknown("stale")
    wrong = Unknown("wrong_type")
    if op in ("eq", "ne"):
        return (value == operand) == (op == "eq") if same_kind(value, operand) else wrong
    if op in ("gte", "lte"):
        if type(value) is not int:
            return wrong
        return value >= operand if op == "gte" else value <= operand
    if op in ("in", "not_in") and rule["fact"] == "data_location":
        if value == []:
            return Unknown("absent")
        inside = [place in places(operand) for place in ([value] if isinstance(value, str) else value)]
        return all(inside) if op == "in" else not any(inside)
    if op in ("in", "not_in"):
        return (value in operand) == (op == "in") if isinstance(value, str) else wrong
    if op == "age_lte_days":
        return age(value, operand, rule["fact"], case) if isinstance(value, str) else wrong
    if op == "not_past":
        return day_of(case["at"], case["zone"]) <= date(value)
    if op == "version_gte":
        return numbers(value) >= numbers(operand) if re.search(r"\d", value) else wrong
    if not isinstance(value, list):
        return wrong
    if op == "contains_all":
        return all(wanted in value for wanted in operand)
    if op == "contains_none":
        if not all(isinstance(entry, str) for entry in value):
            return wrong
        return not any(entry.lower() == unwanted.lower() for entry in value for unwanted in operand)
    if op == "matches_none":
        found = [wrong if item_name(item) is None else any_of([hits(item, pattern) for pattern in operand]) for item in value]
        found = any_of(found)
        return found if isinstance(found, Unknown) else not found
    raise Exception(op)

def any_of(parts):
    return True if any(part is True for part in parts) else next((part for part in parts if isinstance(part, Unknown)), False)

def all_of(parts):
    return False if any(part is False for part in parts) else next((part for part in parts if isinstance(part, Unknown)), True)

def judge(rule, subject, params, case):
    for key, join in (("all", all_of), ("any", any_of)):
        if key in rule:
            return join([judge(part, subject, params, case) for part in rule[key]])
    return leaf(rule, subject, params, case)

def max_age(case):
    return min(case["silent_after_days"], CATALOGUE["default_max_age_days"])

# ---------------------------------------------------------------- frameworks

def in_force(exception, case):
    """From its recording to the end of its last day."""
    after = start_of(date(exception["expires_on"]) + datetime.timedelta(days=1), case["zone"])
    return exception["recorded_at"] <= case["at"] < after

def status(check, params, subject, case):
    """P, F, E, N or A (not applicable)."""
    if "applies" in check and judge(check["applies"], subject, params, case) is not True:
        return "A"
    answer = judge(check["rule"], subject, params, case)
    if answer is True:
        return "P"
    if isinstance(answer, Unknown) and not (check.get("on_missing") == "fail" and answer.reason == "absent"):
        return "N"
    excepted = any(exception["check"] == check["id"] and in_force(exception, case) for exception in subject.get("exceptions", []))
    return "E" if excepted else "F"

def state(check, case):
    own = case["settings"].get(check["id"], {})
    filled = any(empty(default) and not empty(own.get("params", {}).get(name, default)) and isinstance(default, (list, dict))
                 for name, default in check.get("params", {}).items())
    if "state" in own:
        return own["state"]
    if check.get("optional"):
        return "baseline" if filled else "off"
    return "baseline" if check.get("baseline") else "advice"

def uses(rule, name, path=()):
    """Operators that take the parameter."""
    for key in ("all", "any"):
        if key in rule:
            return [op for part in rule[key] for op in uses(part, name)]
    value = rule.get("value")
    return [rule["op"]] if isinstance(value, dict) and value.get("param") == name else []

def at_least(check, name, own, wanted):
    """Whether the organisation's value asks for at least what the framework's does."""
    op = (uses(check.get("applies", {"op": ""}), name) + uses(check["rule"], name))[0]
    if op in ("lte", "age_lte_days"):
        return own <= wanted
    if op == "gte":
        return own >= wanted
    if op == "version_gte":
        return all(key in own and numbers(own[key]) >= numbers(version) for key, version in wanted.items())
    if op == "in" and name not in [name for name in check.get("params", {}) if uses(check.get("applies", {"op": ""}), name)]:
        return own != [] and set(own) <= places(wanted)
    return set(wanted) <= places(own)

def resolve(check, control, framework, case):
    params = {}
    own_all = case["settings"].get(check["id"], {}).get("params", {})
    for name, default in check.get("params", {}).items():
        wanted = control.get("params", {}).get(check["id"], {}).get(name)
        if wanted is None:
            wanted = framework["framework"].get("params", {}).get(check["id"], {}).get(name)
        own = own_all.get(name)
        if wanted is None:
            params[name] = default if own is None else own
        else:
            params[name] = own if own is not None and at_least(check, name, own, wanted) else wanted
    return params

def in_scope(scope, kind, subject):
    facts = subject["facts"]
    if kind == "device":
        if scope.get("device_type") and facts.get("device_type") not in scope["device_type"]:
            return False
        if facts.get("device_type") in scope.get("device_type_not", []):
            return False
    if kind in ("device", "service") and scope.get("tags_any"):
        return bool(set(scope["tags_any"]) & set(facts.get("tags") or []))
    return True

def narrowed(scope, kind):
    keys = {"device": ("device_type", "device_type_not", "tags_any"), "service": ("tags_any",)}.get(kind, ())
    return {key: scope[key] for key in keys if scope.get(key)}

def chosen(control_id, framework, case):
    categories = framework.get("category", [])
    mine = [category for category in categories if any(control_id.startswith(prefix) for prefix in category["prefixes"])]
    return not categories or mine[0].get("always", False) or mine[0]["id"] in case["categories"]

def evaluate(framework, case):
    required_scope = framework["framework"].get("scope_required", {})
    population = [s for s in case["subjects"] if s["from"] <= case["at"] and (s["until"] is None or case["at"] < s["until"])]
    population = [s for s in population if in_scope(required_scope, s["kind"], s)]
    if required_scope and not any(s["kind"] not in APPLIANCE for s in population):
        population = []
    rows, statuses = {}, {}
    def row(check_id, control):
        check = CHECKS[check_id]
        kind, params = check["subject"], resolve(check, control, framework, case)
        scope = narrowed(control.get("scope", {}), kind)
        key = (check_id, json.dumps(params, sort_keys=True), json.dumps(scope, sort_keys=True))
        if key not in rows:
            counts = dict.fromkeys("PFENA", 0)
            used = state(check, case) != "off"
            for subject in population if used else []:
                if subject["kind"] == kind and in_scope(scope, kind, subject):
                    counts[status(check, params, subject, case)] += 1
            laptop = {"facts": {"device_type": "laptop"}}
            if kind == "device" and state(check, case) == "baseline" and in_scope(scope, kind, laptop) and in_scope(required_scope, kind, laptop):
                counts["N"] += case["people_without_device"]
            severity = case["settings"].get(check_id, {}).get("severity", check["severity"])
            rows[key] = {"kind": kind, "used": used, "counts": counts, "severity": severity}
        return rows[key]
    for control in framework["control"]:
        if not chosen(control["id"], framework, case):
            continue
        if control["id"] in case["not_applicable"]:
            statuses[control["id"]] = "not_applicable"
            continue
        required = [row(check_id, control) for check_id in control.get("checks", [])]
        supporting = [row(check_id, control) for check_id in control.get("supporting", [])]
        statuses[control["id"]] = control_status(required, supporting)
    for group in framework.get("out_of_scope", []):
        for control in filter(lambda control: chosen(control["id"], framework, case), group["controls"]):
            statuses[control["id"]] = "not_applicable" if control["id"] in case["not_applicable"] else "manual"
    return {"rows": {"|".join(key): row for key, row in rows.items()}, "controls": statuses, **score(rows.values())}

def control_status(required, supporting):
    count = lambda row, kinds: sum(row["counts"][kind] for kind in kinds)
    if any(count(row, "F") for row in required):
        return "fail"
    if not any(count(row, "PFE") for row in required or supporting):
        return "no_data"
    clean = required and all(count(row, "P") and not count(row, "EN") for row in required)
    alone = all(row["kind"] in APPLIANCE for row in required)
    return "pass" if clean and not alone and not any(count(row, "F") for row in supporting) else "partial"

def score(rows, appliance_too=False):
    earned = possible = known = total = 0
    for row in rows:
        n = sum(row["counts"][kind] for kind in "PFEN")
        if not row["used"] or n == 0 or row["kind"] in APPLIANCE and not appliance_too:
            continue
        weight = CATALOGUE["weights"][row["severity"]]
        earned += fractions.Fraction(weight * row["counts"]["P"], n)
        possible += weight
        known += n - row["counts"]["N"]
        total += n
    completeness = 100 * known // total if total else 0
    return {"score": math.floor(100 * earned / possible) if total and completeness >= 70 else None, "completeness": completeness}

# ---------------------------------------------------------------- periods

def period(case):
    """Walks hour by hour: all moments of a case are whole hours, and so are the beginnings of days in both zones."""
    zone, first, last = case["zone"], date(case["first"]), date(case["last"])
    begin, end = start_of(first, zone), start_of(last + datetime.timedelta(days=1), zone)
    until = min(end, case["at"])
    days, found = dict.fromkeys("PFENA", fractions.Fraction(0)), []
    subjects = deviating = 0
    lengths = {}
    for day in (first + datetime.timedelta(days=n) for n in range((last - first).days + 1)):
        lengths[day] = start_of(day + datetime.timedelta(days=1), zone) - start_of(day, zone)
    for subject in case["subjects"]:
        leaves = subject["until"] if subject["until"] is not None else until
        def status_at(at):
            for status, since, ends in subject["intervals"]:
                if since <= at and (ends is None or at < ends):
                    return status
            return "N"
        present = range(max(subject["from"], begin), min(leaves, until), 3_600)
        subjects += len(present) > 0
        for at in present:
            days[status_at(at)] += fractions.Fraction(3_600, lengths[day_of(at, zone)])
        # Deviations also before the period, as far as the subject was there.
        here, mine = None, []
        for at in range(subject["from"], min(leaves, until), 3_600):
            seen = status_at(at)
            if seen in "FE":
                here = here or {"from": at, "plain": False}
                here["until"] = at + 3_600
                here["plain"] |= seen == "F" and at >= begin
            elif here:
                mine.append({**here, "ending": {"P": "mended", "A": "not_applicable", "N": "no_data"}[seen]})
                here = None
        if here:
            mine.append({**here, "ending": "left" if subject["until"] is not None and subject["until"] <= until else "open"})
        mine = [deviation for deviation in mine if deviation["until"] > begin and len(present)]
        deviating += bool(mine)
        found += mine
    plain = [deviation for deviation in found if deviation["plain"]]
    lasted = [deviation["until"] - deviation["from"] for deviation in plain]
    mended = [deviation["until"] - deviation["from"] for deviation in plain if deviation["ending"] == "mended"]
    open_since = [deviation["from"] for deviation in plain if deviation["ending"] == "open"]
    return {
        "microdays": {kind: [int(share * 1_000_000 * DAY), DAY] for kind, share in days.items()},
        "subjects": subjects, "subjects_deviating": deviating, "preliminary": until < end,
        "deviations": sorted([d["from"], d["until"], d["ending"], not d["plain"]] for d in found),
        "longest": max(lasted, default=0), "mean_to_mend": sum(mended) // len(mended) if mended else None,
        "open": len(open_since), "oldest_open": min(open_since, default=None),
    }

# ---------------------------------------------------------------- cases computed by hand

def mini(*controls):
    return {"framework": {"key": "mini"}, "control": list(controls)}

def case(subjects, at="2026-01-01T12:00:00Z", **more):
    base = {"at": epoch(at), "zone": "UTC", "silent_after_days": 14, "settings": {}, "categories": [], "not_applicable": [], "people_without_device": 0}
    return {**base, "subjects": [{"from": 0, "until": None, **subject} for subject in subjects], **more}

def laptop(security, os_type="macos", seen="2026-01-01T12:00:00Z", **more):
    facts = {"device_type": "laptop", "os_type": os_type, "headless": False, "tags": [], "last_seen": seen}
    facts |= {"security." + key: value for key, value in security.items()}
    return {"kind": "device", "facts": {**facts, **more.pop("facts", {})}, "confirmed": {"security": epoch(seen)}, **more}

def service(**facts):
    return {"kind": "service", "facts": facts}

def counts(result, check):
    return [sum(row["counts"][kind] for key, row in result["rows"].items() if key.startswith(check + "|")) for kind in "PFENA"]

def hand_computed():
    disk = {"id": "C", "checks": ["device.disk_encryption"]}
    def expect(title, got, wanted):
        assert got == wanted, f"{title}: {got} instead of {wanted}"

    until = {"check": "device.disk_encryption", "recorded_at": epoch("2025-12-01T00:00:00Z"), "expires_on": "2026-01-31"}
    phone = laptop({"screen_lock_enabled": True, "screen_lock_delay_secs": 120}, "ios", facts={"device_type": "phone"})
    golden = [laptop({"disk_encryption": True, "screen_lock_enabled": True, "screen_lock_delay_secs": 300}),
              laptop({"disk_encryption": True, "screen_lock_enabled": True, "screen_lock_delay_secs": 0}, "windows"),
              laptop({"disk_encryption": False, "screen_lock_enabled": True}, "linux", exceptions=[until]), phone,
              service(mfa_enforced=True, audit_logging_enabled=True), service(mfa_enforced=True, audit_logging_enabled=False),
              {"kind": "tenant", "facts": {"audit.chain_ok": True, "audit.chain_checked_at": "2026-01-01T12:00:00Z"}}]
    framework = mini({"id": "M.1", "checks": ["device.disk_encryption"]}, {"id": "M.2", "checks": ["device.screen_lock_enabled", "device.screen_lock_delay"]},
                     {"id": "M.3", "checks": ["service.mfa_enforced"], "supporting": ["service.audit_logging"]},
                     {"id": "M.4", "checks": ["device.usb_storage_blocked"]}, {"id": "M.5", "checks": ["tenant.audit_chain_verified"]})
    result = evaluate(framework, case(golden, settings={"device.usb_storage_blocked": {"state": "baseline"}}))
    expect("golden: disk", counts(result, "device.disk_encryption"), [2, 0, 1, 0, 1])
    expect("golden: delay", counts(result, "device.screen_lock_delay"), [2, 1, 0, 1, 0])
    expect("golden: usb", counts(result, "device.usb_storage_blocked"), [0, 0, 0, 3, 1])
    expect("golden: controls", list(result["controls"].values()), ["partial", "fail", "partial", "no_data", "partial"])
    expect("golden", (result["score"], result["completeness"]), (72, 77))
    with_it = score(result["rows"].values(), appliance_too=True)
    expect("golden, the appliance's own check counted", (with_it["score"], with_it["completeness"]), (78, 78))

    # Staleness: confirmed 14 days ago to the second is fresh, a second more is not; silence of 30 days allows no more than the catalogue's 30.
    for silent, seen, wanted in [(14, "2025-12-18T12:00:00Z", "P"), (14, "2025-12-18T11:59:59Z", "N"), (60, "2025-12-02T12:00:00Z", "P"), (60, "2025-12-02T11:59:59Z", "N")]:
        result = evaluate(mini(disk), case([laptop({"disk_encryption": True}, seen=seen)], silent_after_days=silent))
        expect("staleness " + seen, counts(result, "device.disk_encryption"), [int(wanted == kind) for kind in "PFENA"])

    # Scope: a server is no endpoint, what nobody has told the type of is; tags of a service count, its type is not asked for.
    server, other = laptop({"disk_encryption": False}, facts={"device_type": "server"}), laptop({"disk_encryption": True}, facts={"device_type": "other", "tags": ["cde"]})
    scoped = {**disk, "scope": {"device_type_not": ["server"]}}
    expect("scope", counts(evaluate(mini(scoped), case([server, other])), "device.disk_encryption"), [1, 0, 0, 0, 0])
    pci = {"framework": {"key": "pci", "scope_required": {"tags_any": ["cde"]}}, "control": [disk, {"id": "T", "checks": ["tenant.admins_limited"]}]}
    admins = {"kind": "tenant", "facts": {"admins.active_count": 1}}
    expect("required scope, nobody in it", list(evaluate(pci, case([server, admins]))["controls"].values()), ["no_data", "no_data"])
    expect("required scope", list(evaluate(pci, case([server, other, admins]))["controls"].values()), ["pass", "partial"])

    # Optional checks: off, on with an empty list, filled.
    forbidden = {"id": "C", "checks": ["device.no_forbidden_software"]}
    vim = laptop({}, facts={"software.items": [{"name": "Vim"}]}); vim["confirmed"]["software"] = vim["confirmed"]["security"]
    for settings, wanted in [({}, [0, 0, 0, 0, 0]), ({"state": "baseline"}, [0, 0, 0, 1, 0]), ({"params": {"forbidden": ["vim"]}}, [0, 1, 0, 0, 0]), ({"params": {"forbidden": ["emacs"]}}, [1, 0, 0, 0, 0])]:
        expect(f"optional {settings}", counts(evaluate(mini(forbidden), case([vim], settings={"device.no_forbidden_software": settings})), "device.no_forbidden_software"), wanted)

    # Exceptions in time: never before their recording, to the end of the last day where the organisation is.
    for recorded, last, at, wanted in [("2025-12-01T00:00:00Z", "2025-12-31", "2026-01-01T12:00:00Z", "F"), ("2025-12-01T00:00:00Z", "2026-01-01", "2026-01-01T12:00:00Z", "E"),
                                       ("2026-01-01T12:00:01Z", "2026-01-31", "2026-01-01T12:00:00Z", "F"), ("2025-12-01T00:00:00Z", "2026-01-01", "2026-01-01T22:59:59Z", "E"),
                                       ("2025-12-01T00:00:00Z", "2026-01-01", "2026-01-01T23:00:00Z", "F")]:
        exception = {"check": "device.disk_encryption", "recorded_at": epoch(recorded), "expires_on": last}
        subject = laptop({"disk_encryption": False}, exceptions=[exception])
        expect(f"exception to {last} at {at}", counts(evaluate(mini(disk), case([subject], at=at, zone="Europe/Berlin")), "device.disk_encryption"), [int(wanted == kind) for kind in "PFENA"])

    # Population: not yet enrolled, retired.
    for born, died, wanted in [(0, None, 1), (epoch("2026-01-01T12:00:01Z"), None, 0), (0, epoch("2026-01-01T12:00:00Z"), 0), (0, epoch("2026-01-01T12:00:01Z"), 1)]:
        expect("population", sum(counts(evaluate(mini(disk), case([{**laptop({"disk_encryption": True}), "from": born, "until": died}])), "device.disk_encryption")), wanted)

    # 69 of 100 known: withheld; 70: 70.
    many = lambda known: case([laptop({"disk_encryption": True} if n < known else {}) for n in range(100)])
    expect("69", [evaluate(mini(disk), many(known))["score"] for known in (69, 70)], [None, 70])

    # Periods: 29 March has 23 hours in Berlin and is one day all the same.
    walk = {"zone": "Europe/Berlin", "first": "2026-03-28", "last": "2026-03-30", "at": epoch("2026-06-01T00:00:00Z")}
    noon = epoch("2026-03-28T11:00:00Z")
    one = {"from": 0, "until": None, "intervals": [["F", epoch("2026-03-01T00:00:00Z"), noon], ["P", noon, epoch("2026-03-29T22:00:00Z")]]}
    result = period({**walk, "subjects": [one]})
    expect("subject-days", {kind: share[0] // share[1] for kind, share in result["microdays"].items()}, {"P": 1_500_000, "F": 500_000, "E": 0, "N": 1_000_000, "A": 0})
    expect("deviation", result["deviations"], [[epoch("2026-03-01T00:00:00Z"), noon, "mended", False]])
    expect("to mend", (result["mean_to_mend"], result["longest"], result["open"]), (noon - epoch("2026-03-01T00:00:00Z"),) * 2 + (0,))
    expect("not over", period({**walk, "at": noon, "subjects": []})["preliminary"], True)

if "--check" in sys.argv:
    hand_computed()
else:
    answers = []
    for one in json.load(sys.stdin)["cases"]:
        answers.append(period(one) if "first" in one else evaluate(tomllib.loads(one["framework"]), one))
    json.dump(answers, sys.stdout)
