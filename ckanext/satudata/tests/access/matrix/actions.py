"""With what each action is called.

A new action belongs into `GROUPED` (it reads) or `WRITING`: its name with a list of argument sets. `"@dataset"` stands
for every dataset, hidden or public, `"@resource"` for every resource, and so on: the kinds are the keys of
`World.hidden` and `World.public`.
"""

from __future__ import annotations

from typing import Any

Set = dict[str, Any]

D, R, V, ORG, GROUP, USER = "@dataset", "@resource", "@view", "@organization", "@group", "@user"
BY_ID = [{"id": D}]
PAGE = {"limit": 50, "offset": 0}

SEARCHES: list[Set] = [
    {},
    {"q": "*:*", "include_private": True, "include_drafts": True, "include_deleted": True, "rows": 100},
    {
        "fl": "id,name,title,validated_data_dict,data_dict,res_url,res_name,res_description,extras_konsep,text",
        "rows": 100,
    },
    {"fl": "*", "rows": 100, "include_private": True},
    {"use_default_schema": True, "include_private": True, "rows": 100},
    {"fq": "res_url:*zqk*", "include_private": True},
    {"fq": "+title:zqk* OR private:true OR state:draft", "include_private": True},
    {"fq_list": ["capacity:private"], "include_private": True},
    {"q": "zqk", "rows": 100},
    {"q": "title:zqk*", "defType": "lucene"},
    {
        "facet.field": ["res_url", "tags", "res_name", "organization", "access_level", "name", "res_format", "groups"],
        "facet.limit": -1,
        "rows": 0,
    },
    {"facet.field": ["konsep", "extras_konsep", "maintainer_email", "author", "text"], "facet.limit": -1, "rows": 0},
    {"sort": "title_string asc, id asc", "rows": 100},
    {"sort": "metadata_created desc", "rows": 1, "include_private": True},
    {"q": "", "start": 0, "rows": 1000, "sort": "id asc", "fq": "metadata_modified:[2000-01-01T00:00:00Z TO *]"},
    {"fq": "permission_labels:satudata-steward", "include_private": True},
    {"fq": "+dataset_type:harvest", "include_private": True},
]
"""Also what ckanext-harvest asks for (`start`, `rows=1000`, `sort=id asc`)."""

ACTIVITY = {"limit": 100, "include_hidden_activity": True}
DATASTORE = [{"resource_id": R}, {"resource_id": "_table_metadata"}, {"id": R}]
WRITE = {"notes": "x", "title": "x"}
RECORDS = {"resource_id": R, "records": [{"a": "x"}], "force": True}
TASK = {"entity_id": R, "task_type": "xloader", "key": "xloader", "entity_type": "resource"}
NOTHING: list[Set] = [{}]
MADE = {"id": "x", "name": "x-baru"}

GROUPED: dict[str, list[Set]] = {
    "package_show": [
        {"id": D},
        {"id": D, "use_default_schema": True, "include_plugin_data": True},
        {"name_or_id": D},
        {"id": "@wanted"},
    ],
    "package_search dcat_catalog_search": SEARCHES,
    "package_list current_package_list_with_resources organization_list_for_user": [{}, PAGE],
    "package_autocomplete": [{"q": "zqk", "limit": 100}, {"q": "nama"}, {"q": "data"}, {"q": "kata"}],
    "package_activity_list": [{"id": D, **ACTIVITY}, {"id": "@wanted"}],
    "package_relationships_list": [{"id": D}, {"id": "@first", "id2": D}],
    "package_collaborator_list dataset_follower_list dataset_follower_count am_following_dataset": BY_ID,
    "package_collaborator_list_for_user": [{"id": USER}],
    "satudata_dataset_completeness satudata_dataset_show_for_edit satudata_dataset_review_show": BY_ID,
    "satudata_dataset_former_show": BY_ID,
    "satudata_dataset_submit satudata_revision_show satudata_version_list satudata_revision_discard": BY_ID,
    "satudata_quality_show satudata_harvest_report_show satudata_harvest_report_list": BY_ID,
    "satudata_dataset_bulk_show": [{"id": "x"}],
    "satudata_version_compare": [{"id": D, "old": 1, "new": 2}, {"id": D, "old": 2, "new": 1}],
    "satudata_version_restore": [{"id": D, "number": 1}],
    "satudata_dataset_withdraw": [{"id": D, "reason": "x"}],
    "dcat_dataset_show": [{"id": D, "format": form} for form in ("ttl", "jsonld", "xml")],
    "dcat_catalog_show dcat_datasets_list": [{}, {"format": "ttl"}, {"q": "zqk"}, {"fq": "private:true"}],
    "resource_show resource_view_list": [{"id": R}, {"id": R, "include_tracking": True}],
    "resource_search": [
        {"query": f"{name}:{text}", "limit": 100}
        for name in ("name", "url", "description", "format", "hash")
        for text in ("zqk", "a", "http")
    ],
    "resource_view_show": [{"id": V}],
    "format_autocomplete": [{"q": "zqk"}, {"q": "c"}, {"q": ""}],
    "tag_list tag_autocomplete tag_search": [
        {},
        {"query": "zqk", "q": "zqk", "limit": 100},
        {"all_fields": True, "query": "z"},
    ],
    "tag_show": [{"id": "@tag", "include_datasets": True}],
    "organization_show group_show": [
        {"id": ORG, "include_datasets": True, "include_dataset_count": True, "include_users": True},
        {"id": GROUP, "include_datasets": True, "include_dataset_count": True, "include_followers": True},
    ],
    "organization_list group_list": [{}, {"all_fields": True, "include_dataset_count": True, "include_extras": True}],
    "group_package_show": [{"id": ORG, "limit": 100}, {"id": GROUP, "limit": 100}],
    "group_list_authz": [{}, {"available_only": True}],
    "organization_autocomplete group_autocomplete": [{"q": "d"}, {"q": "zqk"}, {"q": "kes"}],
    "member_list": [
        {"id": ORG},
        {"id": GROUP},
        {"id": ORG, "object_type": "package"},
        {"id": GROUP, "object_type": "package"},
    ],
    "organization_activity_list group_activity_list": [{"id": ORG, **ACTIVITY}, {"id": GROUP, **ACTIVITY}],
    "organization_follower_list organization_follower_count group_follower_list group_follower_count "
    "am_following_group": [
        {"id": ORG},
        {"id": GROUP},
    ],
    "user_show": [
        {"id": USER, "include_datasets": True, "include_num_followers": True, "include_plugin_extras": True},
        {},
        {"id": "@pending"},
    ],
    "user_list": [
        {},
        {"q": "zqk"},
        {"q": "akun", "all_fields": True},
        {"email": "x@kanari.example"},
        {"order_by": "number_created_packages"},
    ],
    "user_autocomplete": [{"q": "zqk"}, {"q": "akun", "limit": 50}, {"q": "kanari"}],
    "user_activity_list": [{"id": USER, **ACTIVITY}],
    "dataset_followee_list dataset_followee_count followee_list followee_count user_followee_list user_followee_count "
    "group_followee_list group_followee_count organization_followee_list organization_followee_count "
    "user_follower_list user_follower_count am_following_user": [{"id": USER}, {}],
    "activity_show activity_data_show": [
        {"id": "@activity", "include_data": True},
        {"id": "@activity", "include_data": False, "object_type": "package"},
    ],
    "activity_diff": [{"id": "@activity", "object_type": "package", "diff_type": form} for form in ("unified", "html")],
    "recently_changed_packages_activity_list dashboard_activity_list dashboard_new_activities_count": [{}, ACTIVITY],
    "datastore_search": [
        *DATASTORE,
        {"resource_id": R, "q": "zqk"},
        {"resource_id": R, "fields": "_id", "include_total": True},
    ],
    "datastore_info": DATASTORE,
    "task_status_show": [TASK, {"entity_id": R, "task_type": "datapusher", "key": "datapusher"}],
    "xloader_status": [{"resource_id": R}],
    "api_token_list": [{"user": USER}, {"user_id": USER}],
    "config_option_list": NOTHING,
    "config_option_show": [
        {"key": name} for name in ("ckan.site_title", "smtp.password", "SECRET_KEY", "ckan.site_about")
    ],
    "file_show": [{"id": "@file"}, {"id": "@vault"}],
    "file_owner_scan": [
        {"owner_type": "user", "owner_id": USER},
        {"owner_type": "resource", "owner_id": R},
        {"owner_type": "package", "owner_id": D},
        {},
    ],
    "harvest_source_show harvest_source_show_status": [{"id": "@source"}],
    "harvest_source_list harvest_log_list harvesters_info_show": [{}, {"limit": 50}],
    "harvest_job_show harvest_job_report": [{"id": "@job"}],
    "harvest_job_list": [{"source_id": "@source"}, {}],
    "harvest_object_show": [{"id": "@harvest object"}, {"dataset_id": D}, {"id": "@harvest object", "attr": "content"}],
    "harvest_object_list": [{}, {"only_current": False, "source_id": "@source"}],
    "harvest_get_notifications_recipients": [{"source_id": "@source"}],
    "job_show job_cancel": [{"id": "@queued"}],
    "job_list": [{}, {"ids_only": True}, {"queues": ["default"]}],
    "help_show": [{"name": "package_show"}, {"name": "satudata_inbox"}],
    "license_list status_show get_site_user vocabulary_list scheming_dataset_schema_list "
    "scheming_organization_schema_list": NOTHING,
    "member_roles_list": [{"group_type": "organization"}],
    "scheming_dataset_schema_show": [{"type": "dataset"}],
    "scheming_organization_schema_show": [{"type": "organization"}],
    "term_translation_show": [{"terms": ["zqk"]}],
    "vocabulary_show": [{"id": "x"}],
    # ours
    "satudata_case_show satudata_case_file_show satudata_post_draft_show": [{"id": "@case"}],
    "satudata_post_list": [{}, {"package_id": D}],
    "satudata_post_show": [{"number": 20260001}],
    "satudata_case_command": [
        {"id": "@case", "command": name, "note": "x"} for name in ("approve", "return_", "grant")
    ],
    "satudata_inbox satudata_case_list_ended satudata_case_override_list": [{}, {"limit": 100}],
    "satudata_vacancy_list": NOTHING,
    "satudata_mail_choice_show satudata_signature_block_show": NOTHING,
    "satudata_due_date_show": [{"start": "2026-03-16T09:00:00+07:00", "count": 3}],
    "satudata_doctor_show satudata_settings_show satudata_holiday_list satudata_refusal_reason_list "
    "satudata_withdrawn_list satudata_journal_seal_list satudata_sop_version_list": NOTHING,
    "satudata_sop_version_compare": [{}, {"old": "x", "new": "x"}],
    "satudata_journal_search": [{}, {"event": "test_mail_sent"}, {"case_id": "@case"}],
    "satudata_mail_list": [{}, {"limit": 100}],
    "satudata_mail_drop satudata_mail_retry": [{"id": "@mail"}],
    "satudata_officer_list": [{}, {"ended": True, "q": "zqk"}, {"id": "@role"}],
    "satudata_officer_end": [{"id": "@role", "reason": "x"}],
    "satudata_officer_invite": [{"user": USER}, {"user": "@pending"}],
    "satudata_ppid_request_show": [{"id": "@request"}, {"id": "@ref"}, {"id": "@number"}],
    "satudata_ppid_message_list": [{"id": "@request"}, {"id": "@number"}],
    "satudata_ppid_message_send": [
        {"id": "@request", "text": "x"},
        {"number": "@number", "tracking_code": "AAAAAAAAAA", "text": "x"},
    ],
    "satudata_ppid_request_enter": [{"channel": "counter", "dataset": D}, {"dataset": "@first", "resource": R}],
    "satudata_ppid_request_import": [{"csv": "nomor_luar,diterima,nama,rincian,tujuan\nx,2020-01-01,x,x,x\n"}],
    "satudata_ppid_request_list": [{}, {"limit": 100}],
    "satudata_ppid_request_track satudata_ppid_request_resend satudata_ppid_request_repair": [
        {"number": "@number", "tracking_code": "AAAAAAAAAA"}
    ],
    "satudata_ppid_request_confirm": [{"number": "@number", "tracking_code": "AAAAAAAAAA", "code": "000000"}],
    "satudata_ppid_link_end": [{"id": "@request", "reason": "x"}, {"id": "@number", "reason": "x"}],
    "satudata_ppid_link_renew": [{"id": "@request"}],
    "satudata_letter_sign": [{"id": "@letter"}],
    "satudata_ppid_receipt_record": [{"id": "@request"}],
    "satudata_list_candidate_list": [{}, {"year": 2027}],
    "satudata_handover_list": [{"id": "@request"}, {"id": "@number"}],
    "satudata_handover_mask": [
        {"id": "@handover", "preview": preview, "plan": {"sheets": [{"sheet": "", "columns": {"1": "keep"}}]}}
        for preview in (True, False)
    ],
    "satudata_handover_scan": [{"id": "@handover"}],
    "satudata_ppid_request_create": [{"dataset": D}, {"dataset": "@first", "resource": R}, {"dataset": "@wanted"}],
    "satudata_objection_ground_list": NOTHING,
    "satudata_request_register_list satudata_public_answer_list": [{}, {"limit": 100}],
    "satudata_request_register_full_list satudata_objection_register_list": [{}, {"limit": 100}],
    "satudata_public_answer_propose": [{"request": "@request", "question": "x"}],
    "satudata_public_answer_review satudata_public_answer_withdraw": [{"id": "@request"}],
    "satudata_objection_show": [{"id": "@objection"}],
    "satudata_objection_track satudata_objection_create": [{"number": "@number", "tracking_code": "AAAAAAAAAA"}],
    "satudata_objection_withdraw satudata_objection_respond": [{"number": "@number", "tracking_code": "AAAAAAAAAA"}],
    "satudata_objection_enter": [{"request": "@number", "ground": "b"}],
    "satudata_dispute_record": [{"objection": "@objection", "kind": "filed"}],
    "satudata_grant_list": [{}, {"user": USER}],
    "satudata_guestbook_figures satudata_guestbook_rule_list satudata_institution_list": NOTHING,
    "satudata_guestbook_show": [{}, *BY_ID],
    "satudata_report_list satudata_public_report_list": NOTHING,
    "satudata_report_compare": [{"id": "@report"}],
    "satudata_decree_show": [{"id": "@decree"}],
    "satudata_minutes_show": [{"id": "@minutes"}],
    "satudata_decree_list": [{}, {"in_force": True}],
    "satudata_minutes_list": [{}, {"dataset_id": D}, {"decree_id": "@decree"}, {"case_id": "@case"}],
    "satudata_public_list_show": [{"list": name} for name in ("dip", "dik", "terbatas", "tertutup")],
    "satudata_closed_list_show": NOTHING,
    "satudata_dataset_reclassify_preview": [{"id": D, "to_level": "tertutup"}, {"id": "@first", "resource_id": R}],
    "satudata_dataset_exposure_show": [{"id": D}, {"id": "@first", "resource_id": R}],
    "satudata_reclassification_show": [{"id": "@reclassification"}],
    "satudata_reclassification_list": [{}, {"kind": "narrowing", "limit": 100}],
    "satudata_restriction_list": [{}, {"package_id": D}, {"level": "tertutup", "organization_id": ORG}],
    "satudata_dashboard_show": [{"name": name} for name in ("walidata", "ppid", "agency", "public")],
    "satudata_report_show": [{"name": "dissemination", "from_on": "2026-01-01", "until_on": "2026-12-31"}],
    "satudata_report_job_show": [{"id": "@report_job"}],
    "satudata_report_job_file": [{"id": "@report_job", "format": "csv"}],
    "satudata_report_job_list satudata_report_schedule_list": NOTHING,
    "satudata_report_detail": [
        {"from_on": "2026-01-01", "until_on": "2026-12-31", "sentence": "0", "measure": "count"},
        {
            "from_on": "2026-01-01",
            "until_on": "2026-12-31",
            "table": "requests",
            "measure": "count",
            "cell": "open",
            "limit": 1000,
        },
    ],
    "satudata_report_render": [{"id": "@report", "format": "json"}, {"id": "@report", "format": "xlsx"}],
}
"""What reads (or could, by its words): the argument sets of actions by their names."""

WRITING: dict[str, list[Set]] = {
    "package_update package_patch": [{"id": D, **WRITE}, {"id": "@wanted", **WRITE}],
    "package_revise": [
        {"match__id": D, "update__notes": "x"},
        {"match": {"name": "@wanted"}, "update": {"notes": "x"}},
    ],
    "package_delete dataset_purge package_collaborator_delete": [{"id": D, "user_id": "x"}, {"id": "@wanted"}],
    "package_owner_org_update": [{"id": D, "organization_id": ORG}],
    "package_resource_reorder": [{"id": D, "order": ["x"]}],
    "package_collaborator_create": [{"id": D, "user_id": "x", "capacity": "editor"}],
    "package_relationship_create package_relationship_update package_relationship_delete": [
        {"subject": "@first", "object": D, "type": "depends_on"},
        {"subject": D, "object": "@first", "type": "depends_on"},
    ],
    "package_create": [{"name": "@wanted", "title": "x", "owner_org": ORG}, {"id": D, "title": "x"}],
    "package_create_default_resource_views": [{"package": {"id": D}}],
    "resource_create": [{"package_id": D, "name": "x", "url": "http://x.example"}],
    "resource_update resource_patch resource_delete": [{"id": R, "name": "x"}],
    "resource_create_default_resource_views": [{"resource": {"id": R}}],
    "resource_view_create": [{"resource_id": R, "title": "x", "view_type": "text_view"}],
    "resource_view_reorder": [{"id": R, "order": [V]}],
    "resource_view_update resource_view_delete": [{"id": V, "title": "x"}],
    "resource_view_clear": NOTHING,
    "follow_dataset unfollow_dataset": BY_ID,
    "follow_group unfollow_group": [{"id": GROUP}],
    "follow_user unfollow_user": [{"id": USER}],
    "bulk_update_delete bulk_update_private bulk_update_public": [{"org_id": ORG, "datasets": [D]}],
    "member_create member_delete": [
        {"id": GROUP, "object": D, "object_type": "package", "capacity": "public"},
        {"id": ORG, "object": D, "object_type": "package", "capacity": "public"},
    ],
    "organization_member_create organization_member_delete group_member_create group_member_delete": [
        {"id": ORG, "username": "x", "role": "editor"}
    ],
    "organization_create group_create": [{"name": "dinas-kesehatan"}, {"name": "@wanted"}],
    "organization_update organization_patch organization_delete organization_purge group_update group_patch "
    "group_delete group_purge": [{"id": ORG, "title": "x"}, {"id": GROUP, "title": "x"}],
    "datastore_create": [RECORDS, {"resource": {"package_id": D, "name": "x"}, "force": True}],
    "datastore_upsert datastore_delete datastore_records_delete datastore_run_triggers": [RECORDS | {"filters": {}}],
    "datastore_function_create datastore_function_delete": [{"name": "x", "definition": "begin end"}],
    "xloader_submit": [{"resource_id": R}],
    "xloader_hook": [{"metadata": {"resource_id": R}, "status": "complete"}],
    "task_status_update": [TASK | {"value": "x"}],
    "task_status_update_many": [{"data": [TASK | {"value": "x"}]}],
    "task_status_delete": [{"id": R}],
    "activity_create": [{"user_id": USER, "object_id": D, "activity_type": "changed package"}],
    "activity_delete": [{"id": "@activity"}],
    "activity_delete_all activity_delete_counts": [{"before": "2000-01-01"}],
    "dashboard_mark_activities_old send_email_notifications job_clear get_mail_extra_vars prepare_error_mail "
    "prepare_summary_mail send_error_email send_mail send_summary_email InactiveSource": NOTHING,
    "api_token_create": [{"user": USER, "name": "x"}],
    "api_token_revoke": [{"jti": "x"}, {"token": "x"}],
    "config_option_update": [{"ckan.site_title": "x"}],
    "file_create": [{"name": "x.txt", "storage": "kantor"}],
    "file_register": [{"location": "@location", "storage": "kantor"}, {"location": "@vault", "storage": "vault"}],
    "file_delete file_rename file_pin file_unpin": [{"id": "@file", "name": "x"}],
    "file_ownership_transfer": [{"id": "@file", "owner_type": "user", "owner_id": USER}],
    "harvest_source_create": [{"name": "@source", "url": "https://x.example", "source_type": "ckan", "title": "x"}],
    "harvest_source_update harvest_source_patch harvest_source_delete harvest_source_clear harvest_source_index_clear "
    "harvest_source_job_history_clear harvest_source_reindex": [{"id": "@source", "title": "x"}],
    "harvest_job_create": [{"source_id": "@source"}],
    "harvest_job_abort harvest_send_job_to_gather_queue": [{"id": "@job"}],
    "harvest_abort_failed_jobs": [{"life_span": 1}],
    "harvest_job_create_all harvest_jobs_run harvest_sources_job_history_clear harvest_sources_reindex": NOTHING,
    "harvest_object_create": [{"guid": "x", "source_id": "@source"}],
    "harvest_objects_import": [{"source_id": "@source"}, {"harvest_object_id": "@harvest object"}],
    "tag_create": [{"name": "x", "vocabulary_id": "x"}],
    "tag_delete": [{"id": "@tag"}],
    "vocabulary_create vocabulary_update vocabulary_delete": [{"id": "x", "name": "x", "tags": []}],
    "term_translation_update": [{"term": "x", "term_translation": "y", "lang_code": "en"}],
    "term_translation_update_many": [{"data": [{"term": "x", "term_translation": "y", "lang_code": "en"}]}],
    "user_create": [{"name": "akun-operator", "email": "x@x.example", "password": "x" * 12}],
    "user_update user_patch user_delete": [{"id": USER, "fullname": "x"}],
    "user_invite": [{"email": "x@x.example", "group_id": ORG, "role": "member"}],
    # ours
    "satudata_dataset_list_import satudata_scan": [{"upload": "x"}, {}],
    "satudata_holiday_add": [{"on": "2099-05-05", "name": "x", "decree": "x"}],
    "satudata_mail_choice_update": [{"language": "en", "digest": "off"}],
    "satudata_signature_block_update": [{"name": "x"}],
    "satudata_holiday_import": [{"csv": "tanggal;nama;nomor_sk\n2099-05-05;x;x", "dry_run": False}],
    "satudata_holiday_remove": [{"on": "2099-05-05", "decree": "x"}],
    "satudata_mail_test": NOTHING,
    "satudata_journal_note_erase": [{"id": "1", "reason": "x"}],
    "satudata_case_override": [{"id": "@case", "end": True, "reason": "x" * 30}, {"id": "@case", "to_step": "7"}],
    "satudata_case_override_answer": [{"id": "x", "agree": True}],
    "satudata_case_reassign": [{"id": "@case", "step_id": "x", "user": ""}, {"id": "@case", "user": USER}],
    "satudata_disposition_report": [{"id": "x", "report": "x"}],
    "satudata_decree_create": [{"kind": "other", "number": "1", "title": "x", "dated_on": "2026-01-01"}],
    "satudata_decree_update satudata_decree_delete": [{"id": "@decree", "title": "x"}],
    "satudata_minutes_create": [{"kind": "test", "held_on": "2026-01-01", "subject": "x", "result": "x", "dataset": D}],
    "satudata_post_save": [{"id": "@case", "version": 0, "title": "x"}, {"id": "@case", "version": 1, "sources": [R]}],
    "satudata_post_channel_add": [{"id": "@case", "channel": "x", "address": "https://x.example"}],
    "satudata_post_withdraw": [{"id": "@case", "reason": "x" * 20}],
    "satudata_case_command_many": [{"command": "approve", "cases": [{"id": "@case", "step_id": "x"}], "note": "x"}],
    "satudata_complaint_create": [{"text": "x" * 30, "phone": "0812 9999 0007", "consent": True}],
    "satudata_complaint_track": [{"number": "1/ADUAN/2026", "tracking_code": "x"}],
    "satudata_case_start": [{"process": "decree", "title": "x"}, {"process": "channel_post", "organization_id": ORG}],
    "satudata_dataset_reclassify": [{"id": D, "to_level": "tertutup", "reason": "x" * 30, "dry_run": True}],
    "satudata_classification_propose": [{"id": D}, {"id": "@first", "resource_id": R}],
    "satudata_grant_give": [{"resource_id": R, "user": USER, "until": "2026-12-31", "reason": "x"}],
    "satudata_guestbook_sign": [
        {"name": "Ani", "profession": "other", "institution": "x", "email": "ani@contoh.example", "consent": True}
    ],
    "satudata_guestbook_persons": [{}, {"export": True}],
    "satudata_guestbook_rule_update": [
        {"scope": "dataset", "subject": D, "mode": "off"},
        {"scope": "agency", "subject": ORG, "mode": "off"},
        {"scope": "site", "mode": ""},
    ],
    "satudata_institution_merge": [{"name": "x", "spellings": ["x"]}],
    "satudata_grant_end": [{"id": "@grant", "reason": "x"}],
    "satudata_dataset_bulk": [{"command": name, "ids": D, "note": "x"} for name in ("submit", "return_", "copy")],
    "satudata_dataset_copy": BY_ID,
    "satudata_dik_row_set": [{"id": D, "public_text": "x" * 20, "is_public": True}],
    "satudata_officer_assign": [{"user": USER, "role": "operator"}],
    "satudata_officer_import": [{"csv": "x"}],
    "satudata_officer_sync": [{"dry_run": True}],
    "satudata_report_file": [{"name": "dissemination", "from_on": "2026-01-01", "until_on": "2026-01-31"}],
    "satudata_report_write": [{"name": "service", "period": "2026", "texts": {"policy": "x"}}],
    "satudata_report_job_create": [{"name": "monthly", "from_on": "2026-01-01", "until_on": "2026-01-31"}],
    "satudata_report_job_cancel": [{"id": "@report_job"}],
    "satudata_report_schedule_create": [{"name": "monthly", "span": "month", "day": 5}],
    "satudata_report_schedule_delete": [{"id": "x"}],
    "satudata_settings_update": [{"name": "x"}],
}

ARGUMENTS: dict[str, list[Set]] = {
    name: sets for table in (GROUPED, WRITING) for names, sets in table.items() for name in names.split()
}
READS = frozenset(name for names in GROUPED for name in names.split()) - {
    "satudata_dataset_submit",
    "satudata_revision_discard",
    "satudata_version_restore",
    "satudata_dataset_withdraw",
    "satudata_case_command",
    "satudata_mail_drop",
    "satudata_mail_retry",
    "satudata_officer_end",
    "satudata_officer_invite",
    "satudata_ppid_message_send",
    "satudata_ppid_request_create",
    "satudata_ppid_request_enter",
    "satudata_ppid_request_import",
    "satudata_ppid_request_confirm",
    "satudata_ppid_request_repair",
    "satudata_ppid_request_resend",
    "satudata_ppid_link_end",
    "satudata_ppid_link_renew",
    "satudata_letter_sign",
    "satudata_ppid_receipt_record",
    "satudata_handover_mask",
    "satudata_public_answer_propose",
    "satudata_public_answer_review",
    "satudata_public_answer_withdraw",
    "satudata_objection_create",
    "satudata_objection_enter",
    "satudata_objection_respond",
    "satudata_objection_withdraw",
    "satudata_dispute_record",
    "job_cancel",
}
"""What insiders call for the positive control: nothing that changes anything."""
