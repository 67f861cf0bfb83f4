console.log('{"config":{"apps":[]}}');
console.error('hidden-stderr');
process.stdout.write('x'.repeat(1 << 20));
module.exports = { apps: [{ name: 'api', script: 'app.js' }] };
