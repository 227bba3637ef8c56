/** The double as a process: prints its URL and serves until its standard input ends. usage: main.ts ['{"settle": 1}'] */
import { OpenScaleDouble, type DoubleOptions } from './openscale-double.ts';

const double = await OpenScaleDouble.start(JSON.parse(process.argv[2] ?? '{}') as DoubleOptions);
console.log(double.url);
process.stdin.resume().once('end', () => void double.close());
