<#
.SYNOPSIS
Reports the state of this Windows machine to a Recoger appliance, without the Recoger program.

.DESCRIPTION
Enrols the machine once with a token, reports what it finds, and from then on does so every hour as a scheduled task of SYSTEM.
It needs Windows PowerShell 5.1, which every Windows 10, 11 and Server since 2016 has, and administrator rights. It changes nothing
but its own folder (ProgramData\Recoger) and its own task.

Collected: name, serial number, Windows release, and raw values of security settings, among them the identifiers (SIDs) of the accounts
that have a desktop or administer the machine; of a company device also hardware, names and versions of installed programs, and network
configuration. Never collected: keystrokes, screenshots, location, network traffic or
connections, names of wireless networks, browsing history, mail, passwords, contents or names of personal files.
What the values mean is decided by the appliance; -Show prints exactly what is sent.

.PARAMETER Token
The enrolment token; needed the first time only. The environment variable RECOGER_TOKEN serves as well.

.PARAMETER Once
Enrol if need be and report once; register no task.

.PARAMETER Personal
A personal device: neither hardware nor programs nor network are collected. Remembered by the task.

.PARAMETER Show
Print the JSON as it is sent, and send nothing.

.PARAMETER Uninstall
Remove the task, the key and everything else that this script has stored.

.EXAMPLE
powershell.exe -NoProfile -ExecutionPolicy Bypass -File windows.ps1 -Token ret1_...
#>
[CmdletBinding(DefaultParameterSetName = 'Report')]
param(
    [Parameter(ParameterSetName = 'Report')] [string] $Token = $env:RECOGER_TOKEN,
    [Parameter(ParameterSetName = 'Report')] [switch] $Once,
    [Parameter(ParameterSetName = 'Report')] [Parameter(ParameterSetName = 'Show')] [switch] $Personal,
    [Parameter(ParameterSetName = 'Show', Mandatory = $true)] [switch] $Show,
    [Parameter(ParameterSetName = 'Uninstall', Mandatory = $true)] [switch] $Uninstall
)

# The regions "collect" below are run by the Recoger program as well, so both see the same machine. They work in constrained language
# mode as far as that goes: no method but of basic types outside of a try. They print numbers and names that no language of Windows
# changes, and give a reason where something can't be read. Comments and indentation are taken out before they become a command line.

#region collect common
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

# Why a read failed, in words that no language changes.
function Get-Reason($Failure) {
    "$($Failure.CategoryInfo.Category) $($Failure.FullyQualifiedErrorId) $($Failure.Exception.NativeErrorCode)"
}

# The sortable form is the same in every culture and calendar.
function ConvertTo-Moment([datetime] $When) {
    "$($When.ToUniversalTime().ToString('s'))Z"
}

# { rows: [...] } of whatever the block puts out, or { error: why }.
function Read-Row([scriptblock] $Read) {
    try { @{ rows = @(& $Read) } } catch { @{ error = Get-Reason $_ } }
}

# The named properties of all instances of a WMI class.
function Read-Class([string] $Namespace, [string] $Class, [string[]] $Property, [string] $Filter) {
    $query = @{ Namespace = $Namespace; ClassName = $Class; OperationTimeoutSec = 20 }
    if ($Filter) { $query.Filter = $Filter }
    Read-Row { foreach ($instance in @(Get-CimInstance @query)) { Select-Value $instance $Property } }
}

# The named properties that have a value.
function Select-Value($From, [string[]] $Property) {
    $row = @{}
    foreach ($name in $Property) {
        $value = $From.$name
        if ($value -is [datetime]) { $value = ConvertTo-Moment $value }
        if ($null -ne $value) { $row[$name] = $value }
    }
    $row
}

# { values: { ... } } of a registry key, with the named values that it has, or { error: why }.
function Read-Key([string] $Path, [string[]] $Property) {
    try { @{ values = Select-Value (Get-ItemProperty -LiteralPath "Registry::$Path") $Property } } catch { @{ error = Get-Reason $_ } }
}

# The people with a desktop: SID, and whether it is the one at the machine's own screen.
function Read-Person {
    Read-Row {
        $console = (Get-CimInstance -ClassName Win32_ComputerSystem -OperationTimeoutSec 20).UserName
        foreach ($shell in @(Get-CimInstance -ClassName Win32_Process -Filter "Name='explorer.exe'" -OperationTimeoutSec 20)) {
            $owner = Invoke-CimMethod -InputObject $shell -MethodName GetOwner
            $row = @{ console = ("$($owner.Domain)\$($owner.User)" -eq $console) }
            $sid = (Invoke-CimMethod -InputObject $shell -MethodName GetOwnerSid).Sid
            if ($sid) { $row.sid = $sid }
            $row
        }
    }
}

# JSON in ASCII alone: the code page of the output differs from machine to machine.
function Write-Json($Value) {
    $pieces = (ConvertTo-Json -InputObject $Value -Depth 8 -Compress) -split '([^\x00-\x7F])'
    $escaped = foreach ($piece in $pieces) {
        if ($piece -cmatch '^[^\x00-\x7F]$') { '\u{0:x4}' -f [int][char]$piece } else { $piece }
    }
    $escaped -join ''
}
#endregion

#region collect state
function Get-State {
    $machine = 'HKEY_LOCAL_MACHINE'
    $windows = "$machine\SOFTWARE\Microsoft\Windows\CurrentVersion"
    $nt = "$machine\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
    $policy = "$machine\SOFTWARE\Policies\Microsoft"
    $mdm = "$machine\SOFTWARE\Microsoft\PolicyManager\current\device"
    $system = "$machine\SYSTEM\CurrentControlSet"
    $class = "$system\Control\Class"
    $profiles = "$system\Services\SharedAccess\Parameters\FirewallPolicy"
    $removable = "$policy\Windows\RemovableStorageDevices"
    $inbound = 'EnableFirewall', 'DefaultInboundAction'
    $saver = 'ScreenSaveActive', 'ScreenSaverIsSecure', 'ScreenSaveTimeOut', 'SCRNSAVE.EXE', 'DelayLockInterval'
    $onwake = '0e796bdb-100d-47d6-a2d5-f7d2daa51f51'
    $keys = @{
        version = Read-Key $nt 'CurrentMajorVersionNumber', 'CurrentMinorVersionNumber', 'CurrentBuild', 'UBR', 'EditionID', 'InstallationType'
        control = Read-Key "$system\Control" 'PEFirmwareType'
        winlogon = Read-Key "$nt\Winlogon" 'AutoAdminLogon', 'ScreenSaverGracePeriod'
        limits = Read-Key "$windows\Policies\System" 'InactivityTimeoutSecs'
        mdm_lock = Read-Key "$mdm\DeviceLock" 'DevicePasswordEnabled', 'MaxInactivityTimeDeviceLock'
        mdm_update = Read-Key "$mdm\Update" 'AllowAutoUpdate', 'AllowUpdateService', 'DeferQualityUpdatesPeriodInDays'
        mdm_system = Read-Key "$mdm\System" 'AllowStorageCard'
        update_policy = Read-Key "$policy\Windows\WindowsUpdate" 'DeferQualityUpdates', 'DeferQualityUpdatesPeriodInDays'
        update_automatic = Read-Key "$policy\Windows\WindowsUpdate\AU" 'NoAutoUpdate', 'AUOptions', 'UseWUServer'
        update_pause = Read-Key "$machine\SOFTWARE\Microsoft\WindowsUpdate\UX\Settings" 'PauseUpdatesExpiryTime'
        update_state = Read-Key "$machine\SOFTWARE\Microsoft\WindowsUpdate\UpdatePolicy\Settings" 'PausedQualityStatus'
        firewall_domain = Read-Key "$profiles\DomainProfile" $inbound
        firewall_private = Read-Key "$profiles\StandardProfile" $inbound
        firewall_public = Read-Key "$profiles\PublicProfile" $inbound
        firewall_mdm_domain = Read-Key "$profiles\Mdm\DomainProfile" $inbound
        firewall_mdm_private = Read-Key "$profiles\Mdm\PrivateProfile" $inbound
        firewall_mdm_standard = Read-Key "$profiles\Mdm\StandardProfile" $inbound
        firewall_mdm_public = Read-Key "$profiles\Mdm\PublicProfile" $inbound
        firewall_policy_domain = Read-Key "$policy\WindowsFirewall\DomainProfile" $inbound
        firewall_policy_private = Read-Key "$policy\WindowsFirewall\PrivateProfile" $inbound
        firewall_policy_standard = Read-Key "$policy\WindowsFirewall\StandardProfile" $inbound
        firewall_policy_public = Read-Key "$policy\WindowsFirewall\PublicProfile" $inbound
        secure_boot = Read-Key "$system\Control\SecureBoot\State" 'UEFISecureBootEnabled'
        terminal = Read-Key "$system\Control\Terminal Server" 'fDenyTSConnections'
        terminal_policy = Read-Key "$policy\Windows NT\Terminal Services" 'fDenyTSConnections'
        usb = Read-Key "$system\Services\USBSTOR" 'Start'
        usb_attached_scsi = Read-Key "$system\Services\UASPStor" 'Start'
        removable = Read-Key $removable 'Deny_All'
        removable_disks = Read-Key "$removable\{53f5630d-b6bf-11d0-94f2-00a0c91efb8b}" 'Deny_Read', 'Deny_Write'
        device_rules = Read-Key "$policy\Windows\DeviceInstall\Restrictions" 'DenyUnspecified', 'DenyDeviceIDs', 'DenyDeviceClasses'
        filters_disk = Read-Key "$class\{4d36e967-e325-11ce-bfc1-08002be10318}" 'UpperFilters', 'LowerFilters'
        filters_volume = Read-Key "$class\{71a27cdd-812a-11d0-bec7-08002be2092f}" 'UpperFilters', 'LowerFilters'
        wake_policy = Read-Key "$policy\Power\PowerSettings\$onwake" 'ACSettingIndex', 'DCSettingIndex'
    }
    # What the appliance may need to know the state of; a service that is not installed is not in the answer.
    $wanted = 'MpsSvc', 'wuauserv', 'W32Time', 'TermService', 'sshd', 'tvnserver', 'uvnc_service', 'vncserver', 'winvnc4', 'Sense',
        'CSFalconService', 'SentinelAgent', 'CbDefense', 'CarbonBlack', 'cyserver', 'ElasticEndpoint', 'xagt', 'HuntressAgent',
        'CybereasonActiveProbe', 'Sophos Endpoint Defense Service', 'EPSecurityService', 'ekrn', 'mfemms',
        'ntrtscan', 'ds_agent', 'SepMasterService', 'AVP', 'CcmExec', 'amagent', 'NinjaRMMAgent', 'Action1 Agent',
        'CagService', 'AteraAgent', 'ITSPlatform', 'LTService', 'Advanced Monitoring Agent', 'ManageEngine UEMS - Agent', 'BESClient',
        'TaniumClient', 'PDQConnectAgent', 'KaseyaAgent', 'NTP'
    $security = 'root/cimv2/Security'
    $state = @{
        wow64 = [bool]$env:PROCESSOR_ARCHITEW6432
        keys = $keys
        computer = Read-Class root/cimv2 Win32_ComputerSystem 'Name', 'DNSHostName', 'Manufacturer', 'Model', 'PCSystemType', 'DomainRole', 'TotalPhysicalMemory', 'NumberOfLogicalProcessors'
        os = Read-Class root/cimv2 Win32_OperatingSystem 'SystemDrive', 'ProductType'
        bios = Read-Class root/cimv2 Win32_BIOS 'SerialNumber', 'SMBIOSBIOSVersion'
        product = Read-Class root/cimv2 Win32_ComputerSystemProduct 'UUID'
        board = Read-Class root/cimv2 Win32_BaseBoard 'SerialNumber'
        chassis = Read-Class root/cimv2 Win32_SystemEnclosure 'SerialNumber', 'ChassisTypes'
        tpm = Read-Class "$security/MicrosoftTpm" Win32_Tpm 'SpecVersion'
        antivirus = Read-Class root/SecurityCenter2 AntiVirusProduct 'displayName', 'instanceGuid', 'productState'
        firewalls = Read-Class root/SecurityCenter2 FirewallProduct 'displayName', 'productState'
        defender = Read-Class root/Microsoft/Windows/Defender MSFT_MpComputerStatus 'AMServiceEnabled', 'AntivirusEnabled', 'RealTimeProtectionEnabled', 'AMRunningMode', 'AntivirusSignatureLastUpdated'
        services = Read-Row {
            $all = Get-CimInstance -ClassName Win32_Service -OperationTimeoutSec 30
            foreach ($service in $all) { if ($wanted -contains $service.Name) { Select-Value $service 'Name', 'Started', 'StartMode' } }
        }
        encryption = Read-Row {
            $volumes = Get-CimInstance -Namespace "$security/MicrosoftVolumeEncryption" -ClassName Win32_EncryptableVolume -OperationTimeoutSec 20
            foreach ($volume in @($volumes)) {
                $row = Select-Value $volume 'DriveLetter', 'VolumeType', 'ProtectionStatus'
                # One drive that does not answer must not hide the others.
                try { $conversion = Invoke-CimMethod -InputObject $volume -MethodName GetConversionStatus } catch { $conversion = $null }
                if ($conversion -and $conversion.ReturnValue -eq 0) { $row.ConversionStatus = $conversion.ConversionStatus }
                $row
            }
        }
        firewall_profiles = Read-Row {
            foreach ($found in @(Get-NetFirewallProfile -PolicyStore ActiveStore)) {
                @{ Name = "$($found.Name)"; Enabled = [int]$found.Enabled; DefaultInboundAction = [int]$found.DefaultInboundAction }
            }
        }
        accounts = Read-Class root/cimv2 Win32_UserAccount 'SID', 'Disabled' "LocalAccount=True AND SID LIKE 'S-1-5-21-%-501'"
        people = Read-Person
        administrators = Read-Row {
            $name = (Get-CimInstance -ClassName Win32_Group -Filter "LocalAccount=True AND SID='S-1-5-32-544'" -OperationTimeoutSec 20).Name
            $group = [ADSI]"WinNT://$env:COMPUTERNAME/$name,group"
            foreach ($found in @($group.psbase.Invoke('Members'))) {
                $sid = New-Object System.Security.Principal.SecurityIdentifier -ArgumentList ([byte[]]([ADSI]$found).objectSid.Value), 0
                @{ sid = "$sid" }
            }
        }
        power = Read-Row {
            $plan = (Get-CimInstance -Namespace root/cimv2/power -ClassName Win32_PowerPlan -Filter 'IsActive=True' -OperationTimeoutSec 20).InstanceID
            $plan = $plan -replace '^.*\\', ''
            foreach ($source in 'AC', 'DC') {
                $id = "Microsoft:PowerSettingDataIndex\\$plan\\$source\\{$onwake}"
                $index = Get-CimInstance -Namespace root/cimv2/power -ClassName Win32_PowerSettingDataIndex -Filter "InstanceID='$id'" -OperationTimeoutSec 20
                if ($index) { @{ source = $source; wake = $index.SettingIndexValue } }
            }
        }
    }
    # What the desktop shows of the system volume needs no administrator, and says less.
    if ($state.encryption.error) {
        $state.shell_encryption = Read-Row {
            $drive = (New-Object -ComObject Shell.Application).NameSpace("$env:SystemDrive\")
            @{ value = [int]$drive.Self.ExtendedProperty('System.Volume.BitLockerProtection') }
        }
    }
    $state.other_firewalls = Read-Row { @{ count = [int](New-Object -ComObject HNetCfg.FwProducts).Count } }
    # The first six lines; only the numbers in them are read, for the labels are localised.
    $state.clock = Read-Row {
        $lines = @(& "$env:SystemRoot\System32\w32tm.exe" /query /status)
        if ($LASTEXITCODE -eq 0) { foreach ($line in ($lines | Select-Object -First 6)) { @{ text = "$line" } } }
    }
    $state.settings = @{}
    foreach ($person in @($state.people.rows)) {
        if ($person.sid -and -not $state.settings.ContainsKey($person.sid)) {
            $user = "HKEY_USERS\$($person.sid)"
            $groups = @(0..399 | ForEach-Object { "Group$_" })
            $state.settings[$person.sid] = @{
                saver_policy = Read-Key "$user\Software\Policies\Microsoft\Windows\Control Panel\Desktop" $saver
                saver = Read-Key "$user\Control Panel\Desktop" $saver
                groups = Read-Key "$windows\Group Policy\$($person.sid)\GroupMembership" (@('Count') + $groups)
            }
        }
    }
    $state
}
#endregion

#region collect inventory
function Read-Program([string] $Root) {
    $wanted = 'DisplayName', 'DisplayVersion', 'Publisher', 'SystemComponent', 'ParentKeyName'
    $path = "Registry::$Root\Microsoft\Windows\CurrentVersion\Uninstall"
    Read-Row {
        foreach ($key in @(Get-ChildItem -LiteralPath $path)) {
            # One value that is stored wrongly makes the whole key unreadable as properties.
            try { $row = Select-Value (Get-ItemProperty -LiteralPath $key.PSPath) $wanted }
            catch {
                $row = @{}
                foreach ($name in $wanted) { $value = $key.GetValue($name); if ($null -ne $value) { $row[$name] = $value } }
            }
            if ($row.DisplayName -and $row.SystemComponent -ne 1 -and -not $row.ParentKeyName) {
                $row.Remove('SystemComponent')
                $row
            }
        }
    }
}

function Get-Inventory {
    $inventory = @{
        processors = Read-Class root/cimv2 Win32_Processor 'Name', 'Architecture'
        disks = Read-Class root/cimv2 Win32_DiskDrive 'Index', 'Model', 'Size', 'Capabilities'
        volumes = Read-Class root/cimv2 Win32_LogicalDisk 'DeviceID', 'FileSystem' 'DriveType=3'
        adapters = Read-Class root/cimv2 Win32_NetworkAdapterConfiguration 'InterfaceIndex', 'MACAddress', 'DefaultIPGateway', 'DNSServerSearchOrder' 'IPEnabled=True'
        addresses = Read-Class root/StandardCimv2 MSFT_NetIPAddress 'InterfaceIndex', 'InterfaceAlias', 'IPAddress', 'PrefixLength', 'SuffixOrigin'
        programs = Read-Program 'HKEY_LOCAL_MACHINE\SOFTWARE'
        programs_32 = Read-Program 'HKEY_LOCAL_MACHINE\SOFTWARE\WOW6432Node'
        programs_of_people = @{}
    }
    foreach ($person in @((Read-Person).rows)) {
        if ($person.sid) { $inventory.programs_of_people[$person.sid] = Read-Program "HKEY_USERS\$($person.sid)\Software" }
    }
    $inventory
}
#endregion

#region collect updates
function Get-Update {
    $servicing = 'Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages'
    @{
        # The monthly cumulative updates; the time is a FILETIME in two halves.
        packages = Read-Row {
            foreach ($package in @(Get-ItemProperty -Path "$servicing\Package_for_RollupFix*")) {
                Select-Value $package 'CurrentState', 'InstallTimeHigh', 'InstallTimeLow'
            }
        }
        # Its date is a text in one form in all languages: month/day/year.
        fixes = Read-Row {
            foreach ($fix in @(Get-CimInstance -ClassName Win32_QuickFixEngineering -OperationTimeoutSec 30)) {
                @{ HotFixID = $fix.HotFixID; InstalledOn = "$($fix.CimInstanceProperties['InstalledOn'].Value)" }
            }
        }
        automatic = Read-Row {
            $automatic = New-Object -ComObject Microsoft.Update.AutoUpdate
            $row = @{ NotificationLevel = [int]$automatic.Settings.NotificationLevel }
            $searched = $automatic.Results.LastSearchSuccessDate
            # It is in UTC already and does not say so.
            if ($searched -is [datetime]) { $row.searched_at = "$($searched.ToString('s'))Z" }
            $row
        }
        # Asks what the last search has left to install, not the network.
        pending = Read-Row {
            $searcher = (New-Object -ComObject Microsoft.Update.Session).CreateUpdateSearcher()
            $searcher.Online = $false
            $found = $searcher.Search("IsInstalled=0 AND Type='Software' AND BrowseOnly=0")
            if ([int]$found.ResultCode -eq 2) { @{ count = [int]$found.Updates.Count } }
        }
    }
}
#endregion

# What the appliance fills in when it serves this file; left as they are, the token says both.
$Server = '@SERVER@'
$Pin = '@PIN_HEX@'
$Version = 'script-1'
$Folder = Join-Path $env:ProgramData 'Recoger'
$StateFile = Join-Path $Folder 'collect.json'
$IdFile = Join-Path $Folder 'device-id'
$OwnCopy = Join-Path $Folder 'collect.ps1'
$TaskName = 'Recoger'

# Speaks HTTPS to whoever holds the pinned key, and to nobody else. In C# because the check runs on threads that PowerShell can't use,
# and because the key's own encoding (SubjectPublicKeyInfo) is cut out of the certificate, which works for keys of every kind.
$ClientSource = @'
using System;
using System.IO;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

public sealed class RecogerAnswer
{
    public int Status;
    public string Body;
}

public static class RecogerClient
{
    const int TimeoutMilliseconds = 60000;
    const int AnswerBytesMax = 4 * 1024 * 1024;

    public static RecogerAnswer Post(string url, string pin, string key, string body)
    {
        ServicePointManager.SecurityProtocol |= SecurityProtocolType.Tls12;
        var request = (HttpWebRequest)WebRequest.Create(url);
        request.Method = "POST";
        request.ContentType = "application/json";
        request.UserAgent = "recoger-collect/1";
        request.Timeout = TimeoutMilliseconds;
        request.ReadWriteTimeout = TimeoutMilliseconds;
        request.AllowAutoRedirect = false;
        request.KeepAlive = false;
        // Without a pin the certificate is checked against the machine's authorities, as usual.
        if (!String.IsNullOrEmpty(pin))
        {
            request.ServerCertificateValidationCallback =
                delegate(object sender, X509Certificate certificate, X509Chain chain, SslPolicyErrors errors)
                {
                    return certificate != null && PinOf(certificate.GetRawCertData()) == pin;
                };
        }
        if (!String.IsNullOrEmpty(key))
        {
            request.Headers["Authorization"] = "Bearer " + key;
        }
        byte[] bytes = new UTF8Encoding(false).GetBytes(body);
        request.ContentLength = bytes.Length;
        using (Stream stream = request.GetRequestStream())
        {
            stream.Write(bytes, 0, bytes.Length);
        }
        try
        {
            using (var response = (HttpWebResponse)request.GetResponse())
            {
                return Read(response);
            }
        }
        catch (WebException failure)
        {
            var response = failure.Response as HttpWebResponse;
            if (response == null)
            {
                throw;
            }
            using (response)
            {
                return Read(response);
            }
        }
    }

    static RecogerAnswer Read(HttpWebResponse response)
    {
        var bytes = new MemoryStream();
        using (Stream stream = response.GetResponseStream())
        {
            var piece = new byte[16384];
            int count;
            while ((count = stream.Read(piece, 0, piece.Length)) > 0)
            {
                bytes.Write(piece, 0, count);
                if (bytes.Length > AnswerBytesMax)
                {
                    throw new InvalidDataException("The answer is too large");
                }
            }
        }
        var answer = new RecogerAnswer();
        answer.Status = (int)response.StatusCode;
        answer.Body = Encoding.UTF8.GetString(bytes.ToArray());
        return answer;
    }

    // SHA-256 of the SubjectPublicKeyInfo, in lower-case hexadecimal.
    public static string PinOf(byte[] certificate)
    {
        int at = Enter(certificate, 0);
        at = Enter(certificate, at);
        if (certificate[at] == 0xA0)
        {
            at = Skip(certificate, at);
        }
        // Serial number, signature algorithm, issuer, validity, subject.
        for (int field = 0; field < 5; field++)
        {
            at = Skip(certificate, at);
        }
        int end = Skip(certificate, at);
        using (SHA256 hash = SHA256.Create())
        {
            return BitConverter.ToString(hash.ComputeHash(certificate, at, end - at)).Replace("-", "").ToLowerInvariant();
        }
    }

    // The first byte of the content of the element at `at`.
    static int Enter(byte[] der, int at)
    {
        int length;
        return Content(der, at, out length);
    }

    // The first byte behind the element at `at`.
    static int Skip(byte[] der, int at)
    {
        int length;
        int content = Content(der, at, out length);
        if (length > der.Length - content)
        {
            throw new InvalidDataException("The certificate is cut off");
        }
        return content + length;
    }

    static int Content(byte[] der, int at, out int length)
    {
        length = der[at + 1];
        if (length < 0x80)
        {
            return at + 2;
        }
        int count = length & 0x7F;
        if (count < 1 || count > 3)
        {
            throw new InvalidDataException("The certificate is damaged");
        }
        length = 0;
        for (int index = 0; index < count; index++)
        {
            length = (length << 8) | der[at + 2 + index];
        }
        return at + 2 + count;
    }
}
'@

# Ends with one sentence on the error stream, for the log of whatever started this.
function Exit-WithReason([string] $Reason, [int] $Code = 1) {
    [Console]::Error.WriteLine("recoger: $Reason")
    exit $Code
}

# Where the appliance is and which key it has, by its token.
function Read-Token([string] $Text) {
    try {
        $packed = ($Text.Trim() -creplace '^ret1_', '').Replace('-', '+').Replace('_', '/')
        $padded = $packed.PadRight([int][Math]::Ceiling($packed.Length / 4) * 4, '=')
        ConvertFrom-Json ([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($padded)))
    } catch {
        Exit-WithReason 'The token is cut off or has a character that no token has'
    }
}

# Address and pin: as served, else as the token says, else as they were at enrolment.
function Get-Appliance($State, [string] $Token) {
    $appliance = @{ server = $Server; pin = $Pin }
    if ($Server.StartsWith('@')) {
        if ($Token) {
            $said = Read-Token $Token
            $appliance = @{ server = "$($said.server)"; pin = "$($said.pin)" }
        } elseif ($State) {
            $appliance = @{ server = "$($State.server)"; pin = "$($State.pin)" }
        }
    }
    if (-not $appliance.server.StartsWith('https://')) { Exit-WithReason 'The address of the appliance is not known; give its token with -Token' }
    if ($appliance.pin -and $appliance.pin -cnotmatch '^[0-9a-f]{64}$') { Exit-WithReason 'The pin is not the SHA-256 of a key' }
    $appliance.server = $appliance.server.TrimEnd('/')
    $appliance
}

function Send-Json($Appliance, [string] $Path, [string] $Key, [string] $Json) {
    try { [RecogerClient]::Post("$($Appliance.server)$Path", $Appliance.pin, $Key, $Json) }
    catch {
        $inner = $_.Exception
        while ($inner.InnerException) { $inner = $inner.InnerException }
        Exit-WithReason "$($Appliance.server) can't be reached, or does not hold the expected key: $($inner.Message)" 2
    }
}

# What the appliance says in an error.
function Get-Detail($Answer) {
    $detail = ''
    try { $detail = (ConvertFrom-Json $Answer.Body).detail } catch { $detail = '' }
    "HTTP $($Answer.Status) $detail".Trim()
}

# Only SYSTEM and administrators get at the key. A folder that somebody else made before is refused: its maker could still own files in it.
function Protect-Folder {
    if (Test-Path -LiteralPath $Folder) {
        $owner = (Get-Acl -LiteralPath $Folder).GetOwner([Security.Principal.SecurityIdentifier]).Value
        $linked = (Get-Item -LiteralPath $Folder -Force).Attributes -band [IO.FileAttributes]::ReparsePoint
        if ($linked -or @('S-1-5-18', 'S-1-5-32-544') -notcontains $owner) {
            Exit-WithReason "$Folder belongs to somebody else; look into it, remove it, and run this again"
        }
    } else {
        New-Item -ItemType Directory -Path $Folder | Out-Null
    }
    & "$env:SystemRoot\System32\icacls.exe" $Folder /setowner '*S-1-5-32-544' /q | Out-Null
    $owned = $LASTEXITCODE
    & "$env:SystemRoot\System32\icacls.exe" $Folder /inheritance:r /grant:r '*S-1-5-18:(OI)(CI)F' '*S-1-5-32-544:(OI)(CI)F' /q | Out-Null
    if ($owned -ne 0 -or $LASTEXITCODE -ne 0) { Exit-WithReason "$Folder can't be closed to others" }
}

function Read-State {
    if (Test-Path -LiteralPath $StateFile) { Get-Content -LiteralPath $StateFile -Raw | ConvertFrom-Json }
}

# Written beside and moved, so that a power cut leaves the old state or the new one.
function Save-State($State) {
    Set-Content -LiteralPath "$StateFile.new" -Value (ConvertTo-Json -InputObject $State -Compress) -Encoding UTF8
    Move-Item -LiteralPath "$StateFile.new" -Destination $StateFile -Force
}

# A random name for a machine without a serial number, made once and kept.
function Get-OwnId {
    if (-not (Test-Path -LiteralPath $IdFile)) {
        Set-Content -LiteralPath $IdFile -Value "recoger-$([Guid]::NewGuid().ToString('N'))" -Encoding Ascii
    }
    (Get-Content -LiteralPath $IdFile -TotalCount 1).Trim()
}

# The serial numbers that the firmware gives, best first. Which of them are fillers the appliance knows.
function Get-Serial($Found) {
    foreach ($source in $Found.bios, $Found.board, $Found.chassis) {
        foreach ($row in @($source.rows)) {
            $serial = "$($row.SerialNumber)".Trim()
            if ($serial) { $serial }
        }
    }
}

function Get-DeviceName($Found) {
    $computer = @($Found.computer.rows)[0]
    if ($computer.DNSHostName) { "$($computer.DNSHostName)" } else { $env:COMPUTERNAME }
}

# Asks for a key under the first serial number that the appliance takes.
function Register-Device($Appliance, [string] $Token, $Found) {
    $candidates = @(Get-Serial $Found)
    if (@('bios', 'board', 'chassis' | Where-Object { $Found[$_].error })) {
        Exit-WithReason 'The serial number of this machine could not be read; a random name now and the serial number later would be two devices'
    }
    foreach ($serial in $candidates + @(Get-OwnId)) {
        $who = @{ token = $Token; serial_number = $serial; device_name = (Get-DeviceName $Found); os_type = 'windows' }
        # Tells two machines apart that share a serial number.
        $uuid = "$(@($Found.product.rows)[0].UUID)".Trim()
        if ($uuid) { $who.hardware_uuid = $uuid }
        $body = Write-Json $who
        $answer = Send-Json $Appliance '/v1/devices/enroll' '' $body
        if ($answer.Status -ge 200 -and $answer.Status -lt 300) {
            $given = ConvertFrom-Json $answer.Body
            return @{ server = $Appliance.server; pin = $Appliance.pin; serial_number = $serial; device_id = $given.device_id; api_key = $given.api_key; personal = ([bool]$Personal -or $given.ownership -eq 'personal') }
        }
        if ($answer.Status -ne 400 -or $answer.Body -notmatch 'serial_number') { break }
    }
    Exit-WithReason "The appliance did not enrol this machine: $(Get-Detail $answer)"
}

# The report: who the machine is, and the raw values that the appliance judges.
function Get-Report($Found, [string] $Serial, [bool] $IsPersonal) {
    $raw = @{ format = 1; state = $Found; updates = Get-Update }
    if (-not $IsPersonal) { $raw.inventory = Get-Inventory }
    Write-Json @{
        serial_number = $Serial
        device_name = Get-DeviceName $Found
        os_type = 'windows'
        agent_version = $Version
        collected_at = ConvertTo-Moment (Get-Date)
        windows = $raw
    }
}

# Every hour, at another minute on each machine, also on battery and after a missed start.
function Install-Task {
    if (-not $PSCommandPath) { Exit-WithReason 'Save this script to a file and run it from there, so that the task can run it again' }
    if ($PSCommandPath -ne $OwnCopy) { Copy-Item -LiteralPath $PSCommandPath -Destination $OwnCopy -Force }
    $program = "$env:SystemRoot\System32\WindowsPowerShell\v1.0\powershell.exe"
    $arguments = "-NoProfile -NonInteractive -ExecutionPolicy Bypass -File `"$OwnCopy`" -Once"
    $action = New-ScheduledTaskAction -Execute $program -Argument $arguments
    $hour = New-TimeSpan -Hours 1
    $trigger = New-ScheduledTaskTrigger -Once -At (Get-Date).AddMinutes((Get-Random -Minimum 5 -Maximum 65)) -RepetitionInterval $hour -RepetitionDuration (New-TimeSpan -Days 3650)
    $principal = New-ScheduledTaskPrincipal -UserId 'S-1-5-18' -LogonType ServiceAccount -RunLevel Highest
    $settings = New-ScheduledTaskSettingsSet -StartWhenAvailable -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries -MultipleInstances IgnoreNew -ExecutionTimeLimit (New-TimeSpan -Minutes 15)
    Register-ScheduledTask -TaskName $TaskName -Action $action -Trigger $trigger -Principal $principal -Settings $settings -Force | Out-Null
}

function Uninstall-All {
    if (Get-ScheduledTask -TaskName $TaskName -ErrorAction SilentlyContinue) {
        Unregister-ScheduledTask -TaskName $TaskName -Confirm:$false
    }
    if (Test-Path -LiteralPath $Folder) { Remove-Item -LiteralPath $Folder -Recurse -Force }
    'Recoger: the task, the key and the folder are removed. The device stays in the inventory until it is retired there.'
}

# Intune and old GPO scripts start the 32-bit PowerShell, which sees another registry.
function Invoke-Native {
    $arguments = @('-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass', '-File', $PSCommandPath)
    foreach ($name in 'Once', 'Personal', 'Show', 'Uninstall') {
        if ((Get-Variable -Name $name -ValueOnly)) { $arguments += "-$name" }
    }
    # The environment does not show in lists of processes, as arguments do.
    if ($Token) { $env:RECOGER_TOKEN = $Token }
    & "$env:SystemRoot\SysNative\WindowsPowerShell\v1.0\powershell.exe" @arguments
    exit $LASTEXITCODE
}

function Invoke-Main {
    if ($env:PROCESSOR_ARCHITEW6432 -and $PSCommandPath) { Invoke-Native }
    if ("$($ExecutionContext.SessionState.LanguageMode)" -ne 'FullLanguage') {
        Exit-WithReason 'PowerShell runs in constrained language mode here; sign this script or allow it in the application control policy'
    }
    $identity = [Security.Principal.WindowsPrincipal][Security.Principal.WindowsIdentity]::GetCurrent()
    $administrator = $identity.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
    if ($Show) {
        $state = if ($administrator) { Read-State }
        $found = Get-State
        $serial = if ($state) { $state.serial_number } else { @(Get-Serial $found)[0] }
        return Get-Report $found "$serial" ([bool]$Personal -or [bool]$state.personal)
    }
    if (-not $administrator) { Exit-WithReason 'Run this as administrator, or let your device management run it as SYSTEM' }
    if ($Uninstall) { return Uninstall-All }
    Add-Type -TypeDefinition $ClientSource -Language CSharp -IgnoreWarnings
    Protect-Folder
    $state = Read-State
    $found = Get-State
    $appliance = Get-Appliance $state $Token
    if (-not $state) {
        if (-not $Token) { Exit-WithReason 'This machine is not enrolled; give a token with -Token' }
        $state = Register-Device $appliance $Token $found
        Save-State $state
    }
    # Before the report: should that fail, the next one may get through.
    if (-not $Once) { Install-Task }
    $report = Get-Report $found $state.serial_number ([bool]$Personal -or [bool]$state.personal)
    $answer = Send-Json $appliance '/v1/devices/report' $state.api_key $report
    if ($answer.Status -eq 401) { Exit-WithReason 'The key is no longer valid; run -Uninstall, then enrol again with a new token' 3 }
    if ($answer.Status -lt 200 -or $answer.Status -ge 300) { Exit-WithReason "The appliance did not take the report: $(Get-Detail $answer)" 4 }
    $device = ConvertFrom-Json $answer.Body
    "Recoger: $($device.device_name) is $($device.compliance_status)"
}

Invoke-Main
