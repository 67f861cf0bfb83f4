require("fs").writeFileSync(__dirname + "/served", "")
