import { expect } from 'chai';
import { DeploymentError } from '../../errors/deployment-error.ts';
import { ExpressionError, parseExpression } from '../../remote/expression.ts';
import { catchError } from '../support/deployment.ts';

describe('an expression', () => {
  it('is evaluated on data', async () => {
    expect(await parseExpression('a.b[1]', 'here')({ a: { b: [1, 2] } })).to.equal(2);
    expect(await parseExpression('{"x": [a]}', 'here')({ a: 1 })).to.deep.equal({ x: [1] });
  });

  it('is rejected, with its place, if it is invalid', async () => {
    const { problems } = await catchError(DeploymentError, () =>
      parseExpression('{"a": ', 'deployment.json.settings.x'),
    );
    expect(problems).to.have.length(1);
    expect(problems[0]).to.match(
      /^deployment\.json\.settings\.x: expected a JSONata expression \(S\d+ at character \d+\)$/,
    );
  });

  it('fails without revealing data', async () => {
    const error = await catchError(ExpressionError, () => parseExpression('$number(a)', 'here')({ a: 'wallaby' }));
    expect(error.message).to.match(/^the expression failed \([A-Z]\d+\)$/);
    expect(error.stack).to.not.match(/wallaby/);
    expect(error.cause).to.equal(undefined);
  });

  it('fails if it recurses endlessly', async () => {
    const error = await catchError(ExpressionError, () =>
      parseExpression('($f := function($n) { 1 + $f($n) }; $f(1))', 'here')({}),
    );
    expect(error.message).to.match(/^the expression failed/);
  });

  it('fails if it builds an endless list', async () => {
    const error = await catchError(ExpressionError, () => parseExpression('$sum([1..9999999999])', 'here')({}));
    expect(error.message).to.match(/^the expression failed/);
  });

  it('fails if a regular expression backtracks endlessly', async () => {
    const error = await catchError(ExpressionError, () =>
      parseExpression('$contains(a, /^(a+)+$/)', 'here')({ a: `${'a'.repeat(40)}!` }),
    );
    expect(error.message).to.equal('the expression failed (ERR_SCRIPT_EXECUTION_TIMEOUT)');
  });

  it('supports regular expressions', async () => {
    const evaluate = parseExpression(
      '[$match(a, /(B)(.)/i).groups, $split(a, /b./), $replace(a, /b(.)/, "<$1>")]',
      'here',
    );
    expect(await evaluate({ a: 'abcabd' })).to.deep.equal(['b', 'c', 'b', 'd', 'a', 'a', '', 'a<c>a<d>']);
  });

  it('keeps the data of concurrent evaluations apart', async () => {
    const evaluate = parseExpression('$map(xs, function($x) { $x * k })', 'here');
    const results = await Promise.all([1, 2, 3].map((k) => evaluate({ xs: [1, 2, 3], k })));
    expect(results.map((result) => [...(result as number[])])).to.deep.equal([
      [1, 2, 3],
      [2, 4, 6],
      [3, 6, 9],
    ]);
  });

  it('lets the event loop turn between concurrent evaluations', async () => {
    const evaluate = parseExpression('$sum(xs.($ * 2))', 'here');
    const data = { xs: Array.from({ length: 2000 }, () => 1) };
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const sums = await Promise.all(Array.from({ length: 20 }, () => evaluate(data)));
    isOver = true;
    expect(sums).to.deep.equal(sums.map(() => 4000));
    expect(turns).to.be.at.least(19);
  });

  it('is evaluated after one that failed', async () => {
    const [failed, value] = await Promise.allSettled([
      parseExpression('$number("x")', 'here')({}),
      parseExpression('1 + 1', 'here')({}),
    ]);
    expect([failed.status, value]).to.deep.equal(['rejected', { status: 'fulfilled', value: 2 }]);
  });
});
