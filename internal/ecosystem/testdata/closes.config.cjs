const fs = require('fs');
fs.closeSync(3);
const child = require('child_process').spawn('sleep', ['3600'], { stdio: 'ignore' });
fs.writeFileSync(__dirname + '/child.pid', String(child.pid));
for (;;);
