"""Checks an exported audit log: python3 verify_audit_csv.py CHAIN FILE.csv (CHAIN is the tenant's id, as GET /v1/audit-logs/verify says)."""
import csv, hashlib, json, sys

HASHED = """id seq event_name event_title category resource_type resource_id actor_id actor_type
            actor_email ip_address user_agent metadata created_at previous_hash""".split()

def digest(array):
    text = json.dumps(array, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(b"recoger-audit-v1\n" + text.encode()).hexdigest()

def put_seal(entry, path, seal, salt):
    *way, last = (part.replace("~1", "/").replace("~0", "~") for part in path.split("/"))
    for part in way:
        entry = entry[int(part) if isinstance(entry, list) else part]
    last = int(last) if isinstance(entry, list) else last
    made = hashlib.sha256(bytes.fromhex(salt) + (entry[last] or "").encode()).hexdigest() if salt else None
    entry[last] = seal
    return salt is None or (len(salt) == 64 and "sha256:" + made == seal)

chain, file = sys.argv[1:]
csv.field_size_limit(2**31 - 1)
rows = [{name: cell[1:] if cell[:1] == "'" else cell for name, cell in row.items()}
        for row in csv.DictReader(open(file, encoding="utf-8", newline=""))]
rows.sort(key=lambda row: int(row["seq"]))
before = None
for row in rows:
    entry = {name: row[name] or None for name in HASHED}
    entry["seq"], entry["metadata"] = int(row["seq"]), json.loads(row["metadata"])
    sealed = [put_seal(entry, path, pair["sealed"], pair["salt"]) for path, pair in json.loads(row["seals"]).items()]
    linked = {"seq": 0, "hash": digest([chain])} if entry["seq"] == 1 else before
    if linked and entry["seq"] == int(linked["seq"]) + 1 and entry["previous_hash"] != linked["hash"]:
        sys.exit(f"broken: entry {row['seq']} does not follow the one before")
    if not all(sealed) or digest([entry[name] for name in HASHED]) != row["hash"]:
        sys.exit(f"broken: entry {row['seq']} was changed")
    before = row
print(f"{len(rows)} entries hold")
