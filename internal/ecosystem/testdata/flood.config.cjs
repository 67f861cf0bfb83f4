const fs = require('fs');
for (;;) fs.writeSync(3, 'x'.repeat(65536));
