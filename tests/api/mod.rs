//! What requests mean: plain values through the whole pipeline, on a file of the test's own.

mod access; // every row of ROUTES, called by everybody
mod accounts; // users' accounts: roles, deletion, links, second factors, browser sessions
mod appliance; // how the appliance itself stands
mod attacks; // bad input: each gets its status, and nothing is stored
mod audit_trail; // what each deed leaves in the log, and what must never stand there
mod auditor; // what an auditor reads, row by row, and when his time ends
mod custom_checks; // checks of an organisation's own, over its devices' facts
mod dashboard; // the figures of an organisation, day by day
mod enrollment; // tokens, the devices they let in, their keys and owners
mod evidence; // exceptions, attestations, findings: who may do what, what it leaves, what answers say
mod ground_rules; // the contract's ground rules: errors, paths, methods, headers
mod gzip; // packed requests and answers
mod imports; // files of devices and services: dry run, errors by line, all or nothing
mod input; // bodies and queries, field by field
mod install; // the script and the programs that devices install from
mod isolation; // two organisations side by side through all rows
mod lists; // paging, order, counts, links
mod metrics; // what the operator's monitoring reads
mod people; // people: files, filters, the past, the population, and what auditors read
mod privacy; // the own data, erasing a person, retention
mod rate_limits; // how many requests, by whom
pub mod reports; // frameworks and reports: orders, files, who may do what, what it leaves
mod services;
mod settings; // name, logo and mail server of the organisation // services and reviews: who may do what, what it leaves in the log, and what their answers say
