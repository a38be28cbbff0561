// Preloaded into an Aurion under test: says over IPC what the process holds, so that leaks can be counted.
// And lets somebody into the editor who may only look, where a test names a password for `reader`.
const readerPassword = process.env['AURION_TEST_READER'];
if (readerPassword) {
  const RED = require('node-red');
  const { init } = RED;
  RED.init = (server, settings) => {
    const password = require('bcrypt').hashSync(readerPassword, 4);
    settings.adminAuth.users.push({ username: 'reader', password, permissions: 'read' });
    init(server, settings);
  };
}

process.on('message', (question) => {
  if (question === 'cpu') process.send(process.cpuUsage());
  if (question !== 'resources') return;
  const RED = require('node-red');
  const handles = {};
  for (const type of process.getActiveResourcesInfo()) handles[type] = (handles[type] ?? 0) + 1;
  const listeners = Object.fromEntries(
    RED.events.eventNames().map((name) => [String(name), RED.events.listenerCount(name)]),
  );
  process.send({
    handles,
    listeners,
    signals: process.listenerCount('SIGTERM') + process.listenerCount('exit'),
    routes: RED.httpNode._router.stack.length,
  });
});
