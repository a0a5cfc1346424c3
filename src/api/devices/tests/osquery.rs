//! Reports in osquery's words.

use super::*;

fn rows() -> Value {
    json!({
        "system_info": [{"hardware_serial": "PF4K1ABC", "computer_name": "ada-t14", "hostname": "ada-t14.example.com", "hardware_vendor": "LENOVO", "hardware_model": "21HD", "physical_memory": "16700000000"}],
        "os_version": [{"name": "Ubuntu", "version": "24.04.3 LTS (Noble Numbat)", "platform": "ubuntu", "arch": "x86_64"}],
        "osquery_info": [{"version": "5.14.1"}],
        "time": [{"unix_time": "1768000000"}],
        "mounts": [{"path": "/", "device": "/dev/mapper/root", "device_alias": "/dev/dm-0", "type": "ext4"}],
        "disk_encryption": [{"name": "/dev/dm-0", "encrypted": "1"}],
        "deb_packages": [{"name": "bash", "version": "5.2.15-2", "status": "install ok installed"}],
        "process_open_sockets": [{"pid": "7", "remote_address": "192.0.2.9"}],
    })
}

#[test]
fn rows_of_osquery_make_a_device_with_its_facts() {
    let scene = Scene::new();
    let new = scene.report(NOW, &scene.ada(), json!({ "osquery": rows() })).expect(201);
    let field = |name: &str| new[name].as_str().unwrap_or("").to_owned();
    assert_eq!((field("serial_number"), field("device_name")), ("PF4K1ABC".to_owned(), "ada-t14".to_owned()));
    assert_eq!(
        (field("os_type"), field("os_version"), field("agent_version")),
        ("linux".to_owned(), "24.04.3".to_owned(), "osquery 5.14.1".to_owned())
    );
    assert_eq!(new["source"], json!("person"), "what the credential says, not what the body does");
    assert_eq!(
        (&check(&new, "device.disk_encryption")["status"], &check(&new, "device.firewall_enabled")["status"]),
        (&json!("pass"), &json!("no_data"))
    );
    assert_eq!(check(&new, "device.os_supported")["status"], json!("pass"));
    let device = scene.get(&scene.ada(), &format!("/v1/devices/{}", id_of(&new))).expect(200);
    assert_eq!(data_types(&device), ["security", "hardware", "software"]);
    assert!(!device.to_string().contains("192.0.2.9"), "tables that nothing is made from are not kept");
}

#[test]
fn what_the_body_says_itself_comes_before_the_tables() {
    let scene = Scene::new();
    let mut body =
        json!({ "osquery": rows(), "serial_number": "ASSET-7", "device_name": null, "os_version": "24.04", "custom": {"desk": 4} });
    let new = scene.report(NOW, &scene.ada(), body.clone()).expect(201);
    assert_eq!((&new["serial_number"], &new["device_name"], &new["os_version"]), (&json!("ASSET-7"), &json!("ada-t14"), &json!("24.04")));
    for section in ["security", "hardware", "software", "network"] {
        body[section] = json!({});
        scene.report(NOW, &scene.ada(), body.clone()).refused(400, &format!("`{section}` can't stand beside `osquery`"));
        body[section] = Value::Null;
    }
    scene.report(NOW, &scene.ada(), body).expect(200);
}

#[test]
fn rows_that_do_not_fit_are_named_and_store_nothing() {
    let scene = Scene::new();
    let without = |table: &str| {
        let mut rows = rows();
        rows.as_object_mut().unwrap().remove(table);
        rows
    };
    let with = |table: &str, value: Value| {
        let mut rows = rows();
        rows[table] = value;
        rows
    };
    for (osquery, named) in [
        (json!([]), "`osquery` must be an object"),
        (json!({}), "`serial_number` is required"),
        (without("system_info"), "`serial_number` is required"),
        (with("system_info", json!([{"hardware_serial": "Default string"}])), "`serial_number` is required"),
        (without("os_version"), "`os_type` is required"),
        (with("mounts", json!({"path": "/"})), "`osquery.mounts` must be an array"),
        (with("mounts", json!(["/"])), "`osquery.mounts[0]` must be an object"),
        (with("mounts", json!([{"path": true}])), "`osquery.mounts[0].path` must be a text"),
    ] {
        scene.report(NOW, &scene.ada(), json!({ "osquery": osquery })).refused(400, named);
    }
    assert_eq!(scene.get(&scene.admin(), "/v1/devices").total.as_deref(), Some("0"));
}

#[test]
fn a_personal_device_may_report_what_names_it_and_its_security() {
    let scene = Scene::new();
    let id = id_of(&scene.report(NOW, &scene.ada(), json!({ "osquery": rows() })).expect(201));
    scene.patch(NOW, &format!("/v1/devices/{id}"), json!({"ownership": "personal"})).expect(200);
    scene.report(NOW.plus_days(1), &scene.ada(), json!({ "osquery": rows() })).refused(400, "personal");
    let mut little = rows();
    little.as_object_mut().unwrap().remove("deb_packages");
    little["system_info"] = json!([{"hardware_serial": "PF4K1ABC", "computer_name": "ada-t14"}]);
    scene.report(NOW.plus_days(1), &scene.ada(), json!({ "osquery": little })).expect(200);
}
