import { execFileSync } from 'node:child_process';

/**
 * Creates a Python environment for the peers if it is missing. Prints a message if there is no suitable Python or a package
 * cannot be installed.
 * @param environment selects the requirements file by its suffix; requirements.txt by default
 * @returns the path of its interpreter, or undefined
 */
export function preparePython(environment?: 'mlflow' | 'mlserver'): string | undefined {
  const name = environment ?? 'scikit-learn, onnxruntime, gunicorn and FastAPI';
  try {
    const suffix = environment ? `-${environment}` : '';
    const parameters = [`peers${suffix}`, `bench/peers/requirements${suffix}.txt`, '11'];
    const python = execFileSync('bash', ['scripts/python-environment.sh', ...parameters], { encoding: 'utf8' }).trim();
    if (python) return python;
    console.log(`\nSkipped ${name}: Python 3.11 or newer with venv was not found.`);
  } catch {
    console.log(`\nSkipped ${name}: the packages could not be installed.`);
  }
  return undefined;
}
