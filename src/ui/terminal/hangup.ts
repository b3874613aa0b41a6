/** Ends the program as SIGHUP does by default; `process.exit` would abort on a terminal that has gone (seen with Node 20). */
export function dieOfHangup(): void {
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}
