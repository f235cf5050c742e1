import { DEFAULT_ECHO_OPTIONS, EchoService } from '../../../src-main/echo/index.ts';
import { Signal } from '../../../src-main/events/index.ts';
import { AppError } from '../../../src-main/errors/index.ts';

// The app's echo test as a page starts it, progress included: `echo.mjs FOLDER PORT SIZE ROUNDS`.
const [folder = '', ...numbers] = process.argv.slice(2);
const [port = 0, size = 0, rounds = 0] = numbers.map(Number);
const service = new EchoService({
  folder,
  targets: {
    get: () => {
      throw new AppError('NOT_SIGNED_IN', 'There is no device here.');
    },
    find: () => undefined,
    changes: new Signal(),
  },
  endpoints: { endpoint: () => Promise.resolve(null), changes: new Signal() },
});
const report = await service.run(
  { ...DEFAULT_ECHO_OPTIONS, host: '127.0.0.1', port, size, rounds, intervalMs: 0, replyTimeoutMs: 30_000 },
  { onProgress: (progress) => JSON.stringify(progress) },
);
if (report.counts.matched !== rounds) throw new Error(`Only ${report.counts.matched} of ${rounds} came back.`);
console.log(JSON.stringify({ median: report.roundTrips?.median, p99: report.roundTrips?.p99 }));
