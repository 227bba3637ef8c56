import { execFileSync } from 'node:child_process';

/**
 * Creates a Python environment for the peers if it is missing. Prints a message if there is no suitable Python or a package
 * cannot be installed.
 * @param environment selects the requirements file by its suffix; requirements.txt by default
 * @returns the path of its interpreter, or undefined
 */
export function preparePython(environment?: 'mlflow' | 'mlserver'): string | undefined {
  const name = environment ?? 'scikit-learn, onnxruntime, gunicorn and FastAPI';
  const suffix = environment ? `-${environment}` : '';
  return prepareEnvironment(`peers${suffix}`, `bench/peers/requirements${suffix}.txt`, name);
}

/**
 * Creates the Python environment of a requirements file if it is missing, or prints why not.
 * @param environment its name under .venv/
 * @param name what is skipped without it, for the message
 * @param complete whether the file has all that is needed: what its packages depend on is then not installed
 */
export function prepareEnvironment(
  environment: string,
  requirements: string,
  name: string,
  complete = false,
): string | undefined {
  try {
    const parameters = ['scripts/python-environment.sh', environment, requirements, '11'];
    const env = { ...process.env, ...(complete && { PIP_NO_DEPS: '1' }) };
    const python = execFileSync('bash', parameters, { encoding: 'utf8', env }).trim();
    if (python) return python;
    console.log(`\nSkipped ${name}: Python 3.11 or newer with venv was not found.`);
  } catch {
    console.log(`\nSkipped ${name}: the packages could not be installed.`);
  }
  return undefined;
}
