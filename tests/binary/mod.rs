//! The program itself, over real TLS: what only the whole can show. What plain requests can show is tested there.

mod agent; // this machine's own report, from collecting it to the list of devices
mod agent_appliance; // agent and appliance together: enrolment, an outage, a deleted device, a personal one
mod agent_enrolled; // the enrolled agent: its spool, its status, its update, while its server comes and goes
mod attacks; // bad input and broken bytes from outside
mod backups; // backup and restore beside a running server
mod beside; // the operator's commands beside a running server act at once
mod check; // check, audit verify, healthcheck: their findings and how they end
mod checkpoints; // an exported log and a signed checkpoint, checked without the appliance
mod commands; // the command line's own manners
mod install; // the line that people paste, under two shells; the second door
mod osquery; // the shipped script with a stand-in for osquery, the packs, and rows in reports
mod reports; // reports from the command line and by the server's own thread, verified offline
mod signals; // SIGTERM answers what was accepted, SIGHUP reads the certificate again
mod start; // the first start, the end, the next start
mod tenants; // a tenant on its way to another appliance
mod wire; // what plain requests can't show: HEAD and gzip on the wire, one answer for each request
