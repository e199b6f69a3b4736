// Compares the template with what it must agree with: docs/guide/embedding.md, the versions and the flags of this build.
def template = new File(directory)
new File(template, 'target').deleteDir() // of a build in the checkout

def pom = new File(template, 'pom.xml').text
def section = new File(guide).text.split('\n## Maven\n')[1].split('\n## ')[0]
def blocks = section.split('```').findAll { it.startsWith('xml\n') }.collect { it.substring(4) }
assert blocks.size() == 2 : 'the page has ' + blocks.size() + ' blocks'
def indented = { String text -> text.readLines().collect { it.isEmpty() ? it : '  ' + it }.join('\n') }
blocks.each { block ->
    block.split('(?m)^(?=<[a-z])').each { part ->
        assert pom.contains(indented(part)) : 'the page has what examples/template/pom.xml has not:\n' + part
    }
}

def versions = libraryVersions.split(',').collectEntries { it.split('=') as List } + [shmarrays: shmarraysVersion]
versions.each { name, version ->
    assert pom.contains('<version>' + version + '</version>') || pom.contains('.version>' + version + '</') :
            'examples/template/pom.xml has another version of ' + name + ' than ' + version
}

def templateFlags = new File(template, 'jvm.flags').readLines()
[oldestFlags, vectorFlags].each { file ->
    new File(file).eachLine { assert templateFlags.contains(it) : 'examples/template/jvm.flags lacks ' + it }
}
['.run/Train.run.xml', '.run/Tests.run.xml', '.vscode/launch.json', '.vscode/settings.json'].each { name ->
    assert new File(template, name).text =~ /"@[^"]*\/jvm\.flags"/ : name + ' does not name jvm.flags'
}
['.run/Train.run.xml', '.vscode/launch.json'].each { name ->
    assert new File(template, name).text.contains('"com.acme.Train"') : name + ' does not start com.acme.Train'
}

// The plugin has installed the modules that this one depends on; nothing depends on the BOM.
def repository = new File(template.parentFile.parentFile, 'it-repository/org/shmarrays/shmarrays-bom/' + shmarraysVersion)
repository.mkdirs()
new File(repository, 'shmarrays-bom-' + shmarraysVersion + '.pom').text = new File(bom).text
true
