import { execFileSync } from 'node:child_process';

/**
 * The interpreter of a Python environment of the peers, which is made where it is missing. Undefined, and said so, where there
 * is no Python for it or a package does not install.
 * @param environment as bench/peers/setup.sh takes it; the one of requirements.txt, where it is left out
 */
export function preparePython(environment?: 'mlflow' | 'mlserver'): string | undefined {
  const name = environment ?? 'scikit-learn, onnxruntime, gunicorn and FastAPI';
  try {
    const parameters = ['bench/peers/setup.sh', ...(environment ? [environment] : [])];
    const python = execFileSync('bash', parameters, { encoding: 'utf8' }).trim();
    if (python) return python;
    console.log(`\n${name}: left out, for there is no Python 3.11 or newer with venv here.`);
  } catch {
    console.log(`\n${name}: left out, for its packages could not be installed.`);
  }
  return undefined;
}
