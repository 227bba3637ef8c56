/** A process that startWorkers takes for a worker. It greets as it begins, or, if its argument is `late`, when it is to end. */
import { createServer } from 'node:http';

const greet = () => process.send?.('greeting');
process.on('message', () => process.disconnect());
if (process.argv[2] === 'late') process.on('SIGTERM', greet);
else greet();
createServer().listen(0, '127.0.0.1');
