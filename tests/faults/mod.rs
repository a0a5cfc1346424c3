//! Faults of everything around the program: it is killed, the disk is full or fails, descriptors, threads and memory run out, the file is
//! damaged, the clock jumps. What was acknowledged stays, the file stays sound, and work goes on once the fault is over.

mod clock; // the appliance's clock jumps by hours, years and decades
mod damage; // files with flipped bytes, cut ends and foreign companions
mod dice; // a source of choices that a seed repeats
mod disk_full; // the storage takes no more, then does again
mod io_errors; // single system calls fail, once and for ever
mod kill; // `kill -9` at any moment
mod load; // reports from several connections, and a journal of what was acknowledged
mod shortage; // descriptors, threads and memory run out
mod threads; // no further thread can be started
mod wrapped; // the program under limits, in another namespace, under strace
