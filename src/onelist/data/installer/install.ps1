#Requires -Version 5.1
#@header@
#
# Brings this machine into the state that the course needs. You can run it again at any time, also after it was
# interrupted. For Windows; on macOS and Linux, run install.sh.
#
#     powershell -ExecutionPolicy Bypass -File install.ps1           install, or bring it up to date
#     powershell -ExecutionPolicy Bypass -File install.ps1 -Fresh    remove what this script installed, install again
#     powershell -ExecutionPolicy Bypass -File install.ps1 -Help     all options

[CmdletBinding()]
param(
    [string] $Prefix = '',
    [Alias('Env')] [string] $EnvironmentName = '',
    [switch] $Pip,
    [ValidateSet('', 'mamba', 'conda', 'micromamba', 'pixi', 'miniforge')] [string] $With = '',
    [switch] $Fresh,
    [switch] $Yes,
    [switch] $DryRun,
    [string] $MiniforgeUrl = '',
    [string] $MiniforgeSha256 = '',
    [switch] $Help
)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false
$ProgressPreference = 'SilentlyContinue' # Windows PowerShell downloads ten times more slowly with a progress bar
$OutputEncoding = New-Object System.Text.ASCIIEncoding # what it writes to the Python program

#@data@

$Marker = '.installed-by-onelist'
$Miniforge = 'https://github.com/conda-forge/miniforge/releases/latest/download'
$MiniforgeFile = 'Miniforge3-Windows-x86_64.exe'
$UserFolder = $HOME
if ($env:USERPROFILE) { $UserFolder = $env:USERPROFILE } # HOME can be a drive in the network
$OnWindows = [System.IO.Path]::DirectorySeparatorChar -eq '\'

$Usage = @"
Installs everything that $List needs.

usage: powershell -ExecutionPolicy Bypass -File install.ps1 [options]

  -Prefix DIR            the folder of the installation
                         (default: $List-env in your user folder)
  -Env NAME              install into the conda environment NAME, not into
                         the base environment
  -Pip                   make a virtual environment with pip; needs Python
                         $LowestPython or newer, and no conda
  -With NAME             use mamba, conda, micromamba or pixi; miniforge
                         installs Miniforge (default: the first of them that
                         is there, else Miniforge)
  -Fresh                 remove the installation first, if this script made
                         it, and install again
  -Yes                   do not ask before something is removed
  -DryRun                print every command, and do nothing
  -MiniforgeUrl URL      the folder or the file from which Miniforge comes
                         (or ONELIST_MINIFORGE_URL)
  -MiniforgeSha256 HEX   its SHA-256 checksum (or ONELIST_MINIFORGE_SHA256;
                         default: the file URL.sha256)
  -Help                  print this text
"@

# What imports everything; it is the same program as in install.sh.
$ImportProgram = @'
#@imports@
'@

function Write-Line {
    param([string] $Text)
    Write-Information -MessageData $Text -InformationAction Continue
}

function Exit-Script {
    # Print why, and end.
    param([int] $Code, [string[]] $Line)
    [Console]::Error.WriteLine('')
    foreach ($one in $Line) { [Console]::Error.WriteLine($one) }
    exit $Code
}

function Format-Word {
    # Return words as PowerShell reads them.
    param([string[]] $Word)
    $quoted = foreach ($one in $Word) {
        if ($one -match '^[A-Za-z0-9_./:\\=+-]+$') { $one } else { "'" + ($one -replace "'", "''") + "'" }
    }
    return $quoted -join ' '
}

function Invoke-Step {
    # Show a program with its arguments, and run it unless -DryRun; return whether it succeeded.
    param([string] $Program, [string[]] $Argument, [hashtable] $Variable = @{}, [string] $Root = '')
    $names = @($Variable.Keys | Sort-Object)
    foreach ($name in $names) { Write-Line ('+ $env:{0} = {1}' -f $name, (Format-Word $Variable[$name])) }
    Write-Line ('+ & ' + (Format-Word (@($Program) + $Argument)))
    if ($DryRun) { return $true }
    $saved = @{ PATH = $env:PATH }
    $harmful = 'PYTHONPATH', 'PYTHONHOME' # they change what conda and pip do
    foreach ($name in $names + $harmful) { $saved[$name] = [Environment]::GetEnvironmentVariable($name) }
    try {
        foreach ($name in $names) { [Environment]::SetEnvironmentVariable($name, $Variable[$name]) }
        foreach ($name in $harmful) { Remove-Item -LiteralPath "Env:$name" -ErrorAction SilentlyContinue }
        $env:PATH = Get-SearchPath -Root $Root
        $ErrorActionPreference = 'Continue' # what a program writes to its standard error is no error by itself
        @() | & $Program @Argument | Out-Host
        return ($LASTEXITCODE -eq 0)
    } finally {
        foreach ($name in $saved.Keys) {
            if ($null -eq $saved[$name]) {
                Remove-Item -LiteralPath "Env:$name" -ErrorAction SilentlyContinue
            } else {
                [Environment]::SetEnvironmentVariable($name, $saved[$name])
            }
        }
    }
}

function Get-SearchPath {
    # Return PATH with the folders in which a conda environment has its libraries, as its activation has it.
    param([string] $Root)
    if (-not $Root -or -not $OnWindows) { return $env:PATH }
    $below = '', 'Library\mingw-w64\bin', 'Library\usr\bin', 'Library\bin', 'Scripts'
    return (@($below | ForEach-Object { Join-Path -Path $Root -ChildPath $_ }) + $env:PATH) -join ';'
}

function Test-Program {
    # Tell whether a program is there and runs.
    param([string] $Path, [string[]] $Argument, [string] $Root = '')
    if (-not (Test-Path -LiteralPath $Path -PathType Leaf)) { return $false }
    $before = $env:PATH
    try {
        $env:PATH = Get-SearchPath -Root $Root
        $ErrorActionPreference = 'Continue'
        $null = @() | & $Path @Argument 2>&1
        return ($LASTEXITCODE -eq 0)
    } catch {
        return $false
    } finally {
        $env:PATH = $before
    }
}

function Resolve-Prefix {
    # Return an absolute path without a slash at its end.
    param([string] $Path)
    if ($Path -match '[\x00-\x1f]') { Exit-Script -Code 2 -Line 'The name of the folder has a line break or a tab.' }
    if ($Path -match '(^|[\\/])\.\.([\\/]|$)') { Exit-Script -Code 2 -Line "Write the folder without '..': $Path" }
    if ($Path -match '["*?<>|]') { Exit-Script -Code 2 -Line "A folder cannot have this name: $Path" }
    if ($Path -eq '~' -or $Path -match '^~[\\/]') { $Path = Join-Path -Path $UserFolder -ChildPath $Path.Substring(1) }
    if (-not [System.IO.Path]::IsPathRooted($Path)) {
        $Path = Join-Path -Path (Get-Location).ProviderPath -ChildPath $Path
    }
    $full = [System.IO.Path]::GetFullPath($Path)
    $short = $full.TrimEnd('\', '/')
    if ($short -match '^[A-Za-z]:$' -or -not $short) { return $full }
    return $short
}

function Test-Inside {
    # Tell whether a path is a folder or lies in it.
    param([string] $Path, [string] $Folder)
    $slash = [string] [System.IO.Path]::DirectorySeparatorChar
    $kind = [System.StringComparison]::OrdinalIgnoreCase
    return ($Path.TrimEnd('\', '/') + $slash).StartsWith($Folder.TrimEnd('\', '/') + $slash, $kind)
}

function Test-Empty {
    # Tell whether a folder is not there yet, or empty (or would be, in a dry run).
    param([string] $Folder)
    if ($Folder -eq $script:Gone) { return $true }
    if (-not (Test-Path -LiteralPath $Folder)) { return $true }
    if (-not (Test-Path -LiteralPath $Folder -PathType Container)) { return $false }
    $entries = @(Get-ChildItem -LiteralPath $Folder -Force | Where-Object { $_.Name -ne "$Marker.part" })
    return $entries.Count -eq 0
}

# --- the marker: which folder this script made, and how far it came ---------------------------------------------------

function Get-MarkerPath {
    # Return where the marker is. Miniforge's installer takes no folder with something in it: until it has ended, the
    # marker lies beside the folder.
    param([string] $Folder)
    $inside = Join-Path -Path $Folder -ChildPath $Marker
    if ((Test-Path -LiteralPath $inside) -or -not (Test-Path -LiteralPath "$Folder$Marker")) { return $inside }
    return "$Folder$Marker"
}

function Write-Marker {
    param([string] $Folder, [string] $Kind, [string] $State, [switch] $Beside)
    $path = Join-Path -Path $Folder -ChildPath $Marker
    if ($Beside) { $path = "$Folder$Marker" }
    Write-Line ('+ write {0}: {1}, {2}' -f (Format-Word $path), $Kind, $State)
    if ($DryRun) { return }
    $lines = 'onelist-installer 1', "list=$List", "kind=$Kind", "state=$State", "place=$Folder"
    $encoding = New-Object System.Text.UTF8Encoding($false)
    try {
        $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($path))
        [System.IO.File]::WriteAllText("$path.part", (($lines -join "`n") + "`n"), $encoding)
        Move-Item -LiteralPath "$path.part" -Destination $path -Force
    } catch {
        Exit-Script -Code 1 -Line "Cannot write ${path}: $_",
            'Is the disk full? Otherwise name a folder of your own with -Prefix.'
    }
}

function Read-Marker {
    # Return what the marker of a folder says; nothing if this script did not make the folder.
    param([string] $Folder)
    $path = Get-MarkerPath -Folder $Folder
    if (-not (Test-Path -LiteralPath $path -PathType Leaf)) { return $null }
    if (Test-Link -Path $path) { return $null }
    $lines = @([System.IO.File]::ReadAllLines($path))
    if ($lines.Count -eq 0 -or $lines[0] -ne 'onelist-installer 1') { return $null }
    $said = @{ list = ''; kind = ''; state = ''; place = '' }
    foreach ($line in $lines) {
        $name, $value = $line -split '=', 2
        if ($said.ContainsKey($name)) { $said[$name] = $value }
    }
    if ($said['place'] -ne $Folder) { return $null }
    return $said
}

function Test-Link {
    # Tell whether a path is a link, a junction, a mounted folder or a file in the cloud.
    param([string] $Path)
    $item = Get-Item -LiteralPath $Path -Force
    return [bool] ($item.Attributes -band [System.IO.FileAttributes]::ReparsePoint)
}

function Test-Installation {
    # Tell whether a folder holds what the marker says.
    param([string] $Folder, [hashtable] $Said)
    if ($Said['state'] -eq 'removing') { return $true }
    $known = @{ miniforge = 'conda-meta'; env = 'conda-meta'; venv = 'pyvenv.cfg'; pixi = 'pixi.toml' }
    if (-not $known.ContainsKey($Said['kind'])) { return $false }
    $signs = @($known[$Said['kind']])
    if ($Said['state'] -eq 'begun') { # it was interrupted early
        $early = @{ miniforge = 'pkgs', '_conda.exe'; env = @('pkgs'); venv = 'Scripts', 'bin'; pixi = @('.pixi') }
        $signs += $early[$Said['kind']]
        $others = @(Get-ChildItem -LiteralPath $Folder -Force | Where-Object { -not $_.Name.StartsWith($Marker) })
        if ($others.Count -eq 0) { return $true }
    }
    foreach ($sign in $signs) {
        if (Test-Path -LiteralPath (Join-Path -Path $Folder -ChildPath $sign)) { return $true }
    }
    return $false
}

function Assert-Removable {
    # End unless this script made a folder, and nothing else lies in it.
    param([string] $Folder)
    $keep = 'Nothing was removed.'
    if (-not (Test-Path -LiteralPath $Folder -PathType Container)) {
        Exit-Script -Code 2 -Line "$Folder is not a folder. $keep"
    }
    $parent = [System.IO.Path]::GetDirectoryName($Folder)
    if (-not $parent -or -not [System.IO.Path]::GetDirectoryName($parent)) {
        if (-not $parent -or -not $OnWindows -or (Test-Inside -Path $env:SystemRoot -Folder $Folder)) {
            Exit-Script -Code 2 -Line "$Folder is not removed: it is a folder of the system. $keep"
        }
    }
    foreach ($one in $UserFolder, $HOME) {
        if ($one -and (Test-Inside -Path $one -Folder $Folder)) {
            Exit-Script -Code 2 -Line "$Folder is your home folder, or above it. $keep"
        }
    }
    foreach ($here in (Get-Location).ProviderPath, [Environment]::CurrentDirectory) {
        if (Test-Inside -Path $here -Folder $Folder) {
            Exit-Script -Code 2 -Line "You are in $Folder. $keep", 'Go to another folder first: cd'
        }
    }
    if ($OnWindows -and $Folder -match '~[0-9]') {
        Exit-Script -Code 2 -Line "$Folder is a short name. $keep", 'Name the folder with its long name: -Prefix DIR'
    }
    $part = $Folder
    while ($part -and $part -ne $UserFolder) {
        if (Test-Link -Path $part) {
            Exit-Script -Code 2 -Line "$part is a link, or in the cloud. $keep", 'Name the folder itself with -Prefix.'
        }
        $part = [System.IO.Path]::GetDirectoryName($part)
    }
    $said = Read-Marker -Folder $Folder
    if ($null -eq $said) {
        Exit-Script -Code 2 -Line "This script did not make $Folder. $keep",
            'Remove it yourself, or name another folder.'
    }
    if ($said['list'] -ne $List) {
        Exit-Script -Code 2 -Line "$Folder was made for $($said['list']), and not for $List. $keep"
    }
    if (-not (Test-Installation -Folder $Folder -Said $said)) {
        Exit-Script -Code 2 -Line "$Folder does not look like an installation. $keep",
            'Look at what is in it, and remove it yourself.'
    }
    foreach ($item in @(Get-ChildItem -LiteralPath $Folder -Force)) {
        if ($item.Name -eq '.git' -or $item.Extension -eq '.ipynb') {
            Exit-Script -Code 2 -Line "$Folder has files of yours in it: $($item.Name). $keep",
                'Move them to another folder.'
        }
    }
    $environments = Join-Path -Path $Folder -ChildPath 'envs'
    if (Test-Path -LiteralPath $environments) {
        foreach ($item in @(Get-ChildItem -LiteralPath $environments -Force)) {
            if (-not (Test-Path -LiteralPath (Join-Path -Path $item.FullName -ChildPath 'conda-meta'))) { continue }
            $other = Read-Marker -Folder $item.FullName
            if ($null -eq $other -or $other['list'] -ne $List) {
                $name = $item.Name
                Exit-Script -Code 2 -Line "$Folder has an environment that this script did not make: $name. $keep",
                    "If you do not need it, remove it: conda env remove --prefix $(Format-Word $item.FullName)"
            }
        }
    }
    return $said
}

function Clear-Tree {
    # Delete a file, a link or a folder with everything in it; a link is deleted, and not what it leads to.
    param([string] $Path)
    $attributes = [System.IO.File]::GetAttributes($Path)
    $isFolder = $attributes -band [System.IO.FileAttributes]::Directory
    $isLink = $attributes -band [System.IO.FileAttributes]::ReparsePoint
    if ($isFolder -and -not $isLink) {
        foreach ($entry in [System.IO.Directory]::GetFileSystemEntries($Path)) { Clear-Tree -Path $entry }
    }
    if ($attributes -band [System.IO.FileAttributes]::ReadOnly) {
        [System.IO.File]::SetAttributes($Path, ($attributes -band -bnot [System.IO.FileAttributes]::ReadOnly))
    }
    if ($isFolder) { [System.IO.Directory]::Delete($Path) } else { [System.IO.File]::Delete($Path) }
}

function Clear-Place {
    # Remove a folder that this script made; the marker goes last, so that a later run can go on.
    param([string] $Folder, [hashtable] $Said)
    $inside = (Get-MarkerPath -Folder $Folder) -ne "$Folder$Marker"
    Write-Marker -Folder $Folder -Kind $Said['kind'] -State 'removing' -Beside:(-not $inside)
    Write-Line ('+ remove {0} and everything in it' -f (Format-Word $Folder))
    $script:Gone = $Folder
    if ($DryRun) { return }
    $script:Gone = ''
    $long = $Folder
    if ($OnWindows -and -not $Folder.StartsWith('\\')) { $long = "\\?\$Folder" } # paths of more than 260 characters
    try {
        $entries = [System.IO.Directory]::GetFileSystemEntries($long)
    } catch [System.ArgumentException] { # an old .NET does not know this form of a path
        $long = $Folder
        $entries = [System.IO.Directory]::GetFileSystemEntries($long)
    }
    try {
        foreach ($entry in $entries) {
            if ([System.IO.Path]::GetFileName($entry) -ne $Marker) { Clear-Tree -Path $entry }
        }
        if ($inside) { [System.IO.File]::Delete((Join-Path -Path $Folder -ChildPath $Marker)) }
        [System.IO.Directory]::Delete($long)
        if (-not $inside) { [System.IO.File]::Delete("$Folder$Marker") }
    } catch {
        Exit-Script -Code 1 -Line "Some files in $Folder cannot be removed.", "$_",
            'End the programs that use them, such as Jupyter, and run this again.'
    }
}

function Confirm-Removal {
    # Remove a folder for -Fresh, after a question.
    param([string] $Folder)
    if (Test-Empty -Folder $Folder) { return }
    $said = Assert-Removable -Folder $Folder
    if (-not $Yes -and -not $DryRun) {
        if ([Console]::IsInputRedirected -or -not [Environment]::UserInteractive) {
            Exit-Script -Code 2 -Line "Cannot ask whether to remove ${Folder}: there is no terminal.",
                'Run this with -Yes if it may be removed.'
        }
        $answer = Read-Host -Prompt "Remove $Folder and everything in it? [y/N]"
        if ($answer -notmatch '^(y|yes)$') { Exit-Script -Code 2 -Line 'Nothing was removed.' }
    }
    Clear-Place -Folder $Folder -Said $said
}

function Open-Place {
    # Make the folder, or go on with one that this script made.
    param([string] $Folder, [string] $Kind)
    if (-not (Test-Empty -Folder $Folder)) {
        $said = Read-Marker -Folder $Folder
        if ($null -eq $said) {
            $history = Join-Path -Path $Folder -ChildPath 'conda-meta/history'
            if ($Kind -eq 'env' -and (Test-Path -LiteralPath $history)) { return } # of the user, who has named it
            Exit-Script -Code 2 -Line "$Folder already exists, and this script did not make it.",
                'Name another folder with -Prefix.'
        }
        if ($said['list'] -ne $List) {
            Exit-Script -Code 2 -Line "$Folder was made for $($said['list']).", 'Name another folder with -Prefix.'
        }
        if ($said['state'] -ne 'removing') {
            if ($said['kind'] -eq $Kind) { return }
            Exit-Script -Code 2 -Line "$Folder has another kind of installation ($($said['kind'])).",
                'To replace it, add -Fresh. To keep it, name another folder with -Prefix.'
        }
        Clear-Place -Folder $Folder -Said (Assert-Removable -Folder $Folder)
    }
    Write-Line ('+ mkdir {0}' -f (Format-Word $Folder))
    if (-not $DryRun) { $null = [System.IO.Directory]::CreateDirectory($Folder) }
    Write-Marker -Folder $Folder -Kind $Kind -State 'begun'
}

# --- conda ------------------------------------------------------------------------------------------------------------

function Get-ToolPath {
    # Return where a tool of an installation may be.
    param([string] $Root, [string] $Name)
    if ($OnWindows) {
        return @("Library\bin\$Name.exe", "Scripts\$Name.exe" | ForEach-Object { Join-Path -Path $Root -ChildPath $_ })
    }
    return @(Join-Path -Path $Root -ChildPath "bin/$Name")
}

function Get-Root {
    # Return the folder of the installation that a tool belongs to.
    param([string] $Tool)
    $root = [System.IO.Path]::GetDirectoryName([System.IO.Path]::GetDirectoryName($Tool))
    if ($root -and (Split-Path -Path $root -Leaf) -eq 'Library') { $root = [System.IO.Path]::GetDirectoryName($root) }
    return $root
}

function Get-OnPath {
    # Return where the programs with this name are that PATH names.
    param([string] $Name)
    foreach ($one in @(Get-Command -Name $Name -CommandType Application -ErrorAction SilentlyContinue)) { $one.Source }
}

function Find-Tool {
    # Return a program with this name that works and that is not in the prefix; nothing if there is none.
    param([string] $Name)
    $roots = @()
    foreach ($base in $UserFolder, $env:LOCALAPPDATA, $env:ProgramData) {
        if (-not $base) { continue }
        foreach ($one in 'miniforge3', 'mambaforge', 'miniconda3', 'anaconda3') {
            $roots += Join-Path -Path $base -ChildPath $one
        }
    }
    $paths = @($env:CONDA_EXE, $env:MAMBA_EXE)
    $paths += Get-OnPath -Name $Name
    foreach ($root in $roots) { $paths += Get-ToolPath -Root $root -Name $Name }
    $paths += Join-Path -Path $UserFolder -ChildPath ".pixi/bin/$Name.exe"
    foreach ($path in $paths) {
        if (-not $path -or [System.IO.Path]::GetFileNameWithoutExtension($path) -ne $Name) { continue }
        if ($OnWindows -and [System.IO.Path]::GetExtension($path) -ne '.exe') { continue } # cmd reads < and & in names
        if (Test-Inside -Path $path -Folder $script:Prefix) { continue }
        if (Test-Program -Path $path -Argument '--version' -Root (Get-Root -Tool $path)) { return $path }
    }
    return ''
}

function Find-OwnTool {
    # Return the mamba or conda of an installation; nothing if none works.
    param([string] $Root)
    foreach ($name in 'mamba', 'conda') {
        foreach ($path in Get-ToolPath -Root $Root -Name $name) {
            if (Test-Program -Path $path -Argument '--version' -Root $Root) { return $path }
        }
    }
    return ''
}

function Select-Tool {
    # Return the kind of the installation (miniforge, env or pixi) and the tool that makes it.
    if ($With -eq 'miniforge') { return @{ Kind = 'miniforge'; Tool = '' } }
    if (-not $With -and (-not $Fresh -or $EnvironmentName)) {
        $said = Read-Marker -Folder $script:Prefix
        if ($null -ne $said -and $said['kind'] -eq 'miniforge') { return @{ Kind = 'miniforge'; Tool = '' } }
        $records = Join-Path -Path $script:Prefix -ChildPath 'conda-meta'
        if ($script:PrefixGiven -and (Test-Path -LiteralPath $records)) {
            $own = Find-OwnTool -Root $script:Prefix
            if ($own) { return @{ Kind = 'env'; Tool = $own } } # an installation of the user, who has named it
        }
    }
    $names = @('mamba', 'conda', 'micromamba', 'pixi')
    if ($With) { $names = @($With) }
    foreach ($name in $names) {
        # pixi takes no version from a second channel that the first one has; the check has proved the others' way
        if ($name -eq 'pixi' -and -not $With -and ($Channels.Count -gt 1 -or $EnvironmentName)) { continue }
        $tool = Find-Tool -Name $name
        if ($tool) {
            $kind = 'env'
            if ($name -eq 'pixi') { $kind = 'pixi' }
            return @{ Kind = $kind; Tool = $tool }
        }
    }
    if ($With) { Exit-Script -Code 2 -Line "$With was not found.", 'Install it, or leave out -With.' }
    return @{ Kind = 'miniforge'; Tool = '' }
}

function Get-EnvironmentFolder {
    # Return the folder of the environment with a name.
    param([hashtable] $Chosen)
    $root = $script:Prefix
    if ($Chosen['Kind'] -ne 'miniforge' -and -not $script:PrefixGiven) {
        $root = Get-Root -Tool $Chosen['Tool']
        if ([System.IO.Path]::GetFileNameWithoutExtension($Chosen['Tool']) -eq 'micromamba') {
            $root = Join-Path -Path $UserFolder -ChildPath 'micromamba'
            if ($env:MAMBA_ROOT_PREFIX) { $root = $env:MAMBA_ROOT_PREFIX }
        } elseif (-not (Test-Writable -Folder $root)) {
            $root = Join-Path -Path $UserFolder -ChildPath '.conda'
        }
    }
    return Join-Path -Path (Join-Path -Path $root -ChildPath 'envs') -ChildPath $EnvironmentName
}

function Test-Writable {
    # Tell whether this user can write into an installation.
    param([string] $Folder)
    if (-not (Test-Path -LiteralPath (Join-Path -Path $Folder -ChildPath 'conda-meta'))) { return $false }
    if ($DryRun) { return $true }
    $probe = Join-Path -Path $Folder -ChildPath "$Marker.probe"
    try {
        [System.IO.File]::WriteAllText($probe, '')
        [System.IO.File]::Delete($probe)
        return $true
    } catch {
        return $false
    }
}

function Save-File {
    # Fetch an address to a temporary name, then rename it; return whether that succeeded.
    param([string] $Url, [string] $Path)
    $part = "$Path.part"
    Write-Line ('+ Invoke-WebRequest -UseBasicParsing -Uri {0} -OutFile {1}' -f (Format-Word $Url), (Format-Word $part))
    Write-Line ('+ Move-Item -LiteralPath {0} -Destination {1} -Force' -f (Format-Word $part), (Format-Word $Path))
    if ($DryRun) { return $true }
    Write-Line 'Downloading. This can take some minutes.'
    try {
        if (([uri] $Url).IsFile) {
            Copy-Item -LiteralPath ([uri] $Url).LocalPath -Destination $part
        } else {
            $protocols = [System.Net.ServicePointManager]::SecurityProtocol # Windows PowerShell begins with old ones
            $protocols = $protocols -bor [System.Net.SecurityProtocolType]::Tls12
            [System.Net.ServicePointManager]::SecurityProtocol = $protocols
            Invoke-WebRequest -UseBasicParsing -Uri $Url -OutFile $part
        }
        Move-Item -LiteralPath $part -Destination $Path -Force
        return $true
    } catch {
        [Console]::Error.WriteLine("$_")
        return $false
    }
}

function Assert-Download {
    param([bool] $Succeeded, [string] $Url)
    if ($Succeeded) { return }
    Exit-Script -Code 1 -Line "Cannot download $Url.",
        'Check the network, and run this again. Nothing has changed on this machine.',
        'Another address: -MiniforgeUrl URL'
}

function Assert-Checksum {
    # End unless a file has the checksum that was given, or that lies beside it.
    param([string] $Path, [string] $Url)
    $expected = $script:Sha256
    if (-not $expected) {
        Assert-Download -Succeeded (Save-File -Url "$Url.sha256" -Path "$Path.sha256") -Url "$Url.sha256"
        if (-not $DryRun) { $expected = ([System.IO.File]::ReadAllText("$Path.sha256").Trim() -split '\s+')[0] }
    }
    Write-Line ('+ Get-FileHash -Algorithm SHA256 -LiteralPath {0}' -f (Format-Word $Path))
    if ($DryRun) { return }
    $found = (Get-FileHash -Algorithm SHA256 -LiteralPath $Path).Hash
    if ($found.Length -ne 64 -or $found -ne $expected) {
        Exit-Script -Code 1 -Line 'The downloaded file does not have the right checksum. It was not run.',
            "expected: $expected", "found:    $found",
            'Run this again. If it happens again, do not install it, and tell your teacher.'
    }
}

function Install-Miniforge {
    # Install Miniforge into a folder unless it is there; return its mamba or conda.
    param([string] $Root)
    $said = $null
    if (-not (Test-Empty -Folder $Root)) { $said = Read-Marker -Folder $Root }
    if ($null -ne $said -and $said['list'] -eq $List -and $said['kind'] -eq 'miniforge') {
        if ($said['state'] -eq 'base' -or $said['state'] -eq 'complete') {
            $own = Find-OwnTool -Root $Root
            if ($own) { return $own }
            Exit-Script -Code 2 -Line "The conda in $Root does not work any more.", 'Build it again: add -Fresh'
        }
        Write-Line "The installation in $Root was interrupted. It is built again."
        Confirm-Removal -Folder $Root
    } elseif (-not (Test-Empty -Folder $Root)) {
        Open-Place -Folder $Root -Kind 'miniforge' # ends, and says why
    }
    if ($Root -match '[ ^%!=,()]') {
        Exit-Script -Code 2 -Line "Miniforge takes no folder with a space or one of ^%!=,() in its name: $Root",
            "Name another folder, such as: -Prefix C:\$List"
    }
    $url = $script:Url
    if ($url -notmatch '\.exe$') { $url = $url.TrimEnd('/') + "/$MiniforgeFile" }
    $work = 'onelist.' + [System.IO.Path]::GetRandomFileName()
    $work = Join-Path -Path ([System.IO.Path]::GetTempPath()) -ChildPath $work
    Write-Line ('+ mkdir {0}' -f (Format-Word $work))
    if (-not $DryRun) { $null = [System.IO.Directory]::CreateDirectory($work) }
    try {
        $file = Join-Path -Path $work -ChildPath 'miniforge.exe'
        Assert-Download -Succeeded (Save-File -Url $url -Path $file) -Url $url
        Assert-Checksum -Path $file -Url $url
        Write-Marker -Folder $Root -Kind 'miniforge' -State 'begun' -Beside
        $arguments = '/InstallationType=JustMe', '/RegisterPython=0', '/AddToPath=0', '/S', "/D=$Root"
        $words = $arguments -join ' '
        Write-Line 'Installing Miniforge takes some minutes, and shows nothing.'
        Write-Line ('+ Start-Process -Wait -FilePath {0} -ArgumentList {1}' -f (Format-Word $file), $words)
        if (-not $DryRun) {
            $process = Start-Process -Wait -PassThru -FilePath $file -ArgumentList $arguments
            if ($process.ExitCode -ne 0) {
                Exit-Script -Code 1 -Line "Miniforge could not be installed in $Root (exit code $($process.ExitCode)).",
                    'Is the disk full, or does a virus scanner stop it? Then run this again.'
            }
        }
    } finally {
        if (-not $DryRun) { Clear-Tree -Path $work }
    }
    $own = @(Get-ToolPath -Root $Root -Name 'conda')[-1]
    if (-not $DryRun) {
        $own = Find-OwnTool -Root $Root
        if (-not $own) {
            Exit-Script -Code 1 -Line "Miniforge was installed in $Root, and its conda does not run.", 'Run this again.'
        }
    }
    Write-Marker -Folder $Root -Kind 'miniforge' -State 'base'
    if (-not $DryRun) { [System.IO.File]::Delete("$Root$Marker") }
    return $own
}

function Install-Meta {
    # Install the meta-package with conda, or bring it up to date.
    param([string] $Folder, [string] $Tool)
    $verb = 'install'
    $records = Join-Path -Path $Folder -ChildPath 'conda-meta'
    if (Test-Path -LiteralPath $records) {
        $names = @(Get-ChildItem -LiteralPath $records -Filter '*.json' | ForEach-Object { $_.Name })
        if (@($names -match ('^' + [regex]::Escape($Meta) + '-[0-9]')).Count) { $verb = 'update' }
    }
    if ($PipOnly.Count) {
        $python = Get-Python -Folder $Folder -Kind 'env'
        $hasPip = Test-Program -Path $python -Argument '-I', '-m', 'pip', '--version' -Root $Folder
        if (-not $hasPip) { $verb = 'install' }
    }
    $arguments = @($verb, '--yes', '--prefix', $Folder, '--override-channels')
    $arguments += @($Channels | ForEach-Object { "--channel=$_" })
    $arguments += $Meta
    if ($verb -eq 'install' -and $PipOnly.Count) { $arguments += 'pip' }
    # What the check has proved: these channels only, and a version from the first channel that has one that fits
    $variables = @{ CONDA_CHANNEL_PRIORITY = 'flexible'; MAMBA_CHANNEL_PRIORITY = 'flexible' }
    if (-not (Invoke-Step -Program $Tool -Argument $arguments -Variable $variables -Root (Get-Root -Tool $Tool))) {
        $name = [System.IO.Path]::GetFileNameWithoutExtension($Tool)
        Exit-Script -Code 1 -Line "$name could not install $Meta. The lines above say why.",
            'No network, or a time-out: run this again. It goes on where it stopped.',
            'The disk is full: free some space, and run this again.',
            'PackagesNotFoundError, or "nothing provides": the channel does not have it. Tell your teacher.',
            'Packages that do not fit together: add -Fresh, or use an environment of its own: -Env NAME'
    }
}

function Install-WithPixi {
    # The same with pixi, in a workspace.
    param([string] $Folder, [string] $Tool)
    $manifest = Join-Path -Path $Folder -ChildPath 'pixi.toml'
    if (-not (Test-Path -LiteralPath $manifest)) {
        $arguments = @('init') + @($Channels | ForEach-Object { "--channel=$_" }) + $Folder
        if (-not (Invoke-Step -Program $Tool -Argument $arguments)) {
            Exit-Script -Code 1 -Line "pixi could not make a workspace in $Folder."
        }
    }
    $arguments = @('add', '--manifest-path', $manifest, $Meta)
    if ($PipOnly.Count) { $arguments += 'pip' }
    $done = Invoke-Step -Program $Tool -Argument $arguments
    if ($done) { $done = Invoke-Step -Program $Tool -Argument 'update', '--manifest-path', $manifest }
    if (-not $done) {
        Exit-Script -Code 1 -Line "pixi could not install $Meta. The lines above say why.",
            'No network: run this again. Packages that do not fit together: try -With miniforge'
    }
}

# --- pip --------------------------------------------------------------------------------------------------------------

function Find-Python {
    # Return a Python that is new enough.
    $code = "import sys; sys.exit(sys.version_info < ($($LowestPython -replace '\.', ', ')))"
    foreach ($name in 'py', 'python3', 'python') {
        foreach ($path in Get-OnPath -Name $name) {
            if (Test-Program -Path $path -Argument '-c', $code) { return $path }
        }
    }
    Exit-Script -Code 1 -Line "There is no Python $LowestPython or newer on this machine.",
        'Install it from https://www.python.org/downloads/windows/, open a new terminal, and run this again.',
        'Or leave out -Pip: then this script brings a Python of its own.'
}

function Get-Python {
    # Return the Python of an installation.
    param([string] $Folder, [string] $Kind)
    if ($Kind -eq 'pixi') { $Folder = Join-Path -Path $Folder -ChildPath '.pixi/envs/default' }
    if (-not $OnWindows) { return Join-Path -Path $Folder -ChildPath 'bin/python' }
    if ($Kind -eq 'venv') { return Join-Path -Path $Folder -ChildPath 'Scripts\python.exe' }
    return Join-Path -Path $Folder -ChildPath 'python.exe'
}

function Install-WithPip {
    # Install with the pip of an environment, whatever the user's settings say of other places.
    param([string] $Python, [string[]] $Requirement)
    $arguments = @('-I', '-m', 'pip', 'install', '--upgrade') + $Requirement
    $variables = @{ PYTHONNOUSERSITE = '1'; PIP_USER = '0'; PIP_REQUIRE_VIRTUALENV = '0' }
    $root = [System.IO.Path]::GetDirectoryName($Python)
    if (-not (Invoke-Step -Program $Python -Argument $arguments -Variable $variables -Root $root)) {
        Exit-Script -Code 1 -Line 'pip could not install this. The lines above say why.',
            'No network, or a time-out: run this again. It goes on where it stopped.',
            'No matching distribution: use the Python that your teacher names, or tell your teacher.',
            'Failed building wheel: use the Python that your teacher names, or run this without -Pip.'
    }
}

function Test-Import {
    # Import everything; return whether all of it works.
    param([string] $Python, [string[]] $Check)
    Write-Line ('+ & {0} < (a program that imports each of them)' -f (Format-Word (@($Python, '-I', '-') + $Check)))
    if ($DryRun) { return $true }
    $before = $env:PATH
    try {
        $env:PATH = Get-SearchPath -Root ([System.IO.Path]::GetDirectoryName($Python))
        $ErrorActionPreference = 'Continue'
        $ImportProgram | & $Python -I - @Check | Out-Host
        return ($LASTEXITCODE -eq 0)
    } finally {
        $env:PATH = $before
    }
}

# --- all of it --------------------------------------------------------------------------------------------------------

function Assert-Option {
    # End if the options do not fit together.
    if ($EnvironmentName -match '^[-.]|[/\\ :#"*?<>|]|[\x00-\x1f]') {
        Exit-Script -Code 2 -Line "conda environments cannot have the name $EnvironmentName."
    }
    if ($script:WithPip -and ($EnvironmentName -or $With)) {
        Exit-Script -Code 2 -Line '-Env and -With are for conda, and this installs with pip.', 'Leave them out.'
    }
    if ($With -eq 'pixi' -and $EnvironmentName) {
        Exit-Script -Code 2 -Line 'pixi has no environments with names.',
            'Leave out -Env, and name the folder with -Prefix.'
    }
}

function Install-Place {
    # Install everything but the pip-only rest.
    param([string] $Place, [hashtable] $Chosen)
    $kind = $Chosen['Kind']
    $tool = $Chosen['Tool']
    if ($kind -eq 'venv') {
        $base = Find-Python
        Open-Place -Folder $Place -Kind 'venv'
        $python = Get-Python -Folder $Place -Kind 'venv'
        if (-not (Test-Program -Path $python -Argument '-I', '-m', 'pip', '--version')) {
            if (-not (Invoke-Step -Program $base -Argument '-m', 'venv', $Place)) {
                Exit-Script -Code 1 -Line "$base cannot make a virtual environment.",
                    'Install Python from https://www.python.org/downloads/windows/'
            }
        }
        Install-WithPip -Python $python -Requirement $PipName
    } elseif ($kind -eq 'pixi') {
        Open-Place -Folder $Place -Kind 'pixi'
        Install-WithPixi -Folder $Place -Tool $tool
    } else {
        if ($kind -eq 'miniforge') { $tool = Install-Miniforge -Root $script:Prefix }
        if ($kind -eq 'env' -or $EnvironmentName) {
            Open-Place -Folder $Place -Kind 'env'
            $history = Join-Path -Path (Join-Path -Path $Place -ChildPath 'conda-meta') -ChildPath 'history'
            if (-not (Test-Path -LiteralPath $history)) { # what makes a folder an environment for conda
                Write-Line ('+ write {0}' -f (Format-Word $history))
                if (-not $DryRun) {
                    $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($history))
                    [System.IO.File]::WriteAllText($history, '')
                }
            }
        }
        Install-Meta -Folder $Place -Tool $tool
    }
}

if ($Help) {
    Write-Line $Usage
    exit 0
}
$Gone = ''
$PrefixGiven = $PSBoundParameters.ContainsKey('Prefix')
if ($PrefixGiven -and -not $Prefix) { Exit-Script -Code 2 -Line '-Prefix needs a folder.' }
if (-not $Prefix) { $Prefix = Join-Path -Path $UserFolder -ChildPath "$List-env" }
$Prefix = Resolve-Prefix -Path $Prefix
if ($EnvironmentName -eq 'base') { $EnvironmentName = '' }
$WithPip = $Pip -or $Channels.Count -eq 0 # a list without channels is one that only pip installs
$Url = @($MiniforgeUrl, $env:ONELIST_MINIFORGE_URL, $Miniforge | Where-Object { $_ })[0]
$Sha256 = "$(@($MiniforgeSha256, $env:ONELIST_MINIFORGE_SHA256 | Where-Object { $_ }) | Select-Object -First 1)"
Assert-Option
$Chosen = @{ Kind = 'venv'; Tool = '' }
if (-not $WithPip) { $Chosen = Select-Tool }
$Place = $Prefix
if ($EnvironmentName) { $Place = Get-EnvironmentFolder -Chosen $Chosen }
Write-Line "Installing $List in $Place"
if ($Fresh) { Confirm-Removal -Folder $Place }
Install-Place -Place $Place -Chosen $Chosen
$Kind = $Chosen['Kind']
if ($EnvironmentName) { $Kind = 'env' }
$Python = Get-Python -Folder $Place -Kind $Kind
if ($Kind -ne 'venv' -and $PipOnly.Count) { Install-WithPip -Python $Python -Requirement $PipOnly }
if ($DryRun -or $null -ne (Read-Marker -Folder $Place)) { Write-Marker -Folder $Place -Kind $Kind -State 'complete' }
$Checks = $CondaChecks
if ($Kind -eq 'venv') { $Checks = $PipChecks }
if (-not (Test-Import -Python $Python -Check $Checks)) {
    Exit-Script -Code 1 -Line "$List is installed in $Place, and some of it does not work: see the lines with FAILED."
}
if (-not $DryRun) {
    Write-Line ''
    Write-Line "$List is installed in $Place, and all of it can be imported."
    Write-Line "Its Python: $(Format-Word $Python)"
    $lab = Join-Path -Path ([System.IO.Path]::GetDirectoryName($Python)) -ChildPath 'jupyter-lab.exe'
    foreach ($one in $lab, (Join-Path -Path $Place -ChildPath 'Scripts\jupyter-lab.exe')) {
        if (Test-Path -LiteralPath $one) {
            Write-Line "To start JupyterLab: & $(Format-Word $one)"
            break
        }
    }
}
exit 0
