// Loaded into a program before its own code (`--require`): tells whoever connects to a socket what the process holds.
const { createServer } = require('node:net');
const { join } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

const server = createServer((socket) => {
  socket.on('error', () => undefined);
  // Twice: what the first finds dead may hold on to more.
  collect();
  collect();
  const { rss, heapUsed, external } = process.memoryUsage();
  const resources = process.getActiveResourcesInfo();
  const timers = resources.filter((name) => name === 'Timeout' || name === 'Immediate').length;
  socket.end(JSON.stringify({ resident: rss, live: heapUsed + external, timers, resources: resources.length }));
});
server.on('error', () => undefined);
server.listen(join(process.env.INCLINE_INSIDE, `${process.pid}.inside`));
server.unref();
