// Prints what vitest's JSON report counts, as `N passed, N failed`. A file that could not be run counts as one failed test.
const { readFileSync } = require('node:fs');

const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const brokenFiles = testResults.filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0).length;
console.log(`${numPassedTests} passed, ${numFailedTests + brokenFiles} failed`);
