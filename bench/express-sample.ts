import type { AddressInfo } from 'node:net';
import cors from 'cors';
import express from 'express';
import jwt from 'jsonwebtoken';

// What one would write by hand: Express, a token checked per request, devices in an array. Forked by
// bench.ts, which sends `{ devices }` and asks `'cpu'`.
const SECRET = 'a secret of the benchmark, nothing depends on it';
let devices: unknown[] = [];

const app = express();
app.use(cors());
app.use(express.json());
app.use((req, res, next) => {
  try {
    const token = (req.headers.authorization ?? '').replace(/^Bearer /, '');
    res.locals['account'] = jwt.verify(token, SECRET, { algorithms: ['HS256'] });
    next();
  } catch {
    res.status(401).json({ message: 'token' });
  }
});
app.get('/api/devices', (_req, res) => {
  res.json(devices);
});

process.on('message', (message: 'cpu' | { devices: unknown[] }) => {
  if (message === 'cpu') {
    process.send?.(process.cpuUsage());
    return;
  }
  devices = message.devices;
  process.send?.('taken');
});
process.on('disconnect', () => process.exit());

const server = app.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  const token = jwt.sign({ accountId: 1, sessionId: 'bench' }, SECRET, { expiresIn: '1h' });
  process.send?.({ port, token });
});
