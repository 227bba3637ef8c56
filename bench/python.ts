import { execFileSync } from 'node:child_process';

/**
 * The interpreter of a Python environment of the peers, which is made where it is missing. Undefined, and said so, where there
 * is no Python for it or a package does not install.
 * @param environment that of requirements.txt, where it is left out, else of the requirements of its name
 */
export function preparePython(environment?: 'mlflow' | 'mlserver'): string | undefined {
  const name = environment ?? 'scikit-learn, onnxruntime, gunicorn and FastAPI';
  try {
    const suffix = environment ? `-${environment}` : '';
    const parameters = [`peers${suffix}`, `bench/peers/requirements${suffix}.txt`, '11'];
    const python = execFileSync('bash', ['scripts/python-environment.sh', ...parameters], { encoding: 'utf8' }).trim();
    if (python) return python;
    console.log(`\n${name}: left out, for there is no Python 3.11 or newer with venv here.`);
  } catch {
    console.log(`\n${name}: left out, for its packages could not be installed.`);
  }
  return undefined;
}
